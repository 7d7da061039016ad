import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../../src/engine/rules/diagnostic.ts'
import { load } from '../../../src/engine/rules/load.ts'
import { problemsOf, problemsOfFiles, rulesetOf } from './loading.ts'

const FRONT_DOOR = `version: 1
listeners:
  - { name: public, listen: 0.0.0.0:990, server: 10.200.200.1:21, public-address: 203.0.113.10, tls: implicit-after-greeting, server-passive-ports: 60000-60099 }
  - { name: inside, listen: 0.0.0.0:2121, intercept: tproxy, intercept-port: 2100, intercept-interfaces: [eth0, br-lan], server: original-destination, nat: { public-address: 203.0.113.11 } }
  - { name: kept, listen: 0.0.0.0:2122, server: 10.200.200.2:21, keep-client-address: true }
passive-ports: 51000-51099
data-path: kernel
reserve-ports: true
profiles:
  partners:
    active-mode: denied
    third-party: [192.0.2.0/24, 198.51.100.7]
    line-ending: tolerant
    denied-ports: [8080, 6000-6063]
    default-data-port: allowed
    commands: { deny: [site exec, DELE] }
    checks:
      embedded-commands: reset
      truncated-commands: log
      malformed-addresses: reset
      command-spoofing: reset
      reply-spoofing: reset
      low-ports: reset
      pipelining: reset
      unacknowledged-commands: deny
      eight-bit: mask
      rest: deny
      site-exec: off
      unknown-verbs: log
      banner: mask
      syst-reply: log
      file-names: [{ match: ["*.Käy"], action: log }]
      file-types: [{ match: [EXE], action: deny }, { match: ["*"], action: off }]
      users: [{ match: [root, "admin*"], action: reset }]
    encryption: required
    mechanisms: [tls, Gssapi, kerberos_v4]
    clear-command-channel: required
    opaque-data: deny
    login-after-ccc: none
    auth-after-ccc: allowed
    tls: { min-version: 1.3, ciphers-deny: [tls_rsa_with_rc4_128_sha, 0xc011], null-ciphers: allowed, alpn: ignore, server-names: [FTP.example.org, "*.example.net"] }
rules:
  - { permit: control, from: 10.1.1.0/24, to: 10.200.200.1, port: 21, profile: partners, name: partners }
  - { permit: active-data, from: 10.200.200.1, from-port: 20, to: [10.1.1.0/24, "2001:db8::/32"] }
  - { deny: passive-data, from: any }
timeouts: { connect: 1s, greeting: 2s, login: 3s, control-idle: 4m, line: 5s, pinhole: 6s, data-connect: 7s, data-idle: 8m, drain: 9h, login-failures: 10m }
limits: { sessions: 10, sessions-per-client: 2, command-bytes: 512, reply-bytes: 1024, reply-lines: 50, login-failures: 3, login-failures-per-client: 7 }
packet-log: { path: "-", on-failure: continue }
`

test('every key of the language arrives in the ruleset', () => {
  const ruleset = rulesetOf(FRONT_DOOR)
  expect({ ...ruleset, profiles: ruleset.profiles.get('partners') }).toMatchInlineSnapshot(`
    {
      "dataPath": "kernel",
      "limits": {
        "commandBytes": 512,
        "loginFailures": 3,
        "loginFailuresPerClient": 7,
        "replyBytes": 1024,
        "replyLines": 50,
        "sessions": 10,
        "sessionsPerClient": 2,
      },
      "listeners": [
        {
          "intercept": "none",
          "interceptInterfaces": undefined,
          "interceptPort": 21,
          "keepClientAddress": false,
          "listen": {
            "address": "0.0.0.0",
            "port": 990,
          },
          "name": "public",
          "nat": undefined,
          "publicAddress": "203.0.113.10",
          "server": {
            "address": "10.200.200.1",
            "port": 21,
          },
          "serverPassivePorts": {
            "first": 60000,
            "last": 60099,
          },
          "tls": "implicit-after-greeting",
        },
        {
          "intercept": "tproxy",
          "interceptInterfaces": [
            "eth0",
            "br-lan",
          ],
          "interceptPort": 2100,
          "keepClientAddress": false,
          "listen": {
            "address": "0.0.0.0",
            "port": 2121,
          },
          "name": "inside",
          "nat": {
            "publicAddress": "203.0.113.11",
          },
          "publicAddress": undefined,
          "server": "original-destination",
          "serverPassivePorts": undefined,
          "tls": "explicit",
        },
        {
          "intercept": "none",
          "interceptInterfaces": undefined,
          "interceptPort": 21,
          "keepClientAddress": true,
          "listen": {
            "address": "0.0.0.0",
            "port": 2122,
          },
          "name": "kept",
          "nat": undefined,
          "publicAddress": undefined,
          "server": {
            "address": "10.200.200.2",
            "port": 21,
          },
          "serverPassivePorts": undefined,
          "tls": "explicit",
        },
      ],
      "packetLog": {
        "onFailure": "continue",
        "path": "-",
      },
      "passivePorts": {
        "first": 51000,
        "last": 51099,
      },
      "profiles": {
        "activeMode": "denied",
        "authAfterCcc": "allowed",
        "checks": {
          "actions": {
            "banner": "mask",
            "bare-line-feeds": "off",
            "command-spoofing": "reset",
            "eight-bit": "mask",
            "embedded-commands": "reset",
            "low-ports": "reset",
            "malformed-addresses": "reset",
            "pipelining": "reset",
            "reply-spoofing": "reset",
            "rest": "deny",
            "site-exec": "off",
            "syst-reply": "log",
            "truncated-commands": "log",
            "unacknowledged-commands": "deny",
            "unknown-verbs": "log",
          },
          "lists": {
            "file-names": [
              {
                "action": "log",
                "match": [
                  {
                    "bytes": Uint8Array [
                      42,
                      46,
                      107,
                      195,
                      164,
                      121,
                    ],
                    "text": "*.Käy",
                  },
                ],
              },
            ],
            "file-types": [
              {
                "action": "deny",
                "match": [
                  {
                    "bytes": Uint8Array [
                      101,
                      120,
                      101,
                    ],
                    "text": "EXE",
                  },
                ],
              },
              {
                "action": "off",
                "match": [
                  {
                    "bytes": Uint8Array [
                      42,
                    ],
                    "text": "*",
                  },
                ],
              },
            ],
            "users": [
              {
                "action": "reset",
                "match": [
                  {
                    "bytes": Uint8Array [
                      114,
                      111,
                      111,
                      116,
                    ],
                    "text": "root",
                  },
                  {
                    "bytes": Uint8Array [
                      97,
                      100,
                      109,
                      105,
                      110,
                      42,
                    ],
                    "text": "admin*",
                  },
                ],
              },
            ],
          },
        },
        "clearCommandChannel": "required",
        "defaultDataPort": "allowed",
        "deniedCommands": Set {
          "SITE EXEC",
          "DELE",
        },
        "deniedPorts": [
          {
            "first": 8080,
            "last": 8080,
          },
          {
            "first": 6000,
            "last": 6063,
          },
        ],
        "encryption": "required",
        "foreignAddresses": "refused",
        "lineEnding": "tolerant",
        "loginAfterCcc": "none",
        "mechanisms": Set {
          "TLS",
          "GSSAPI",
          "KERBEROS_V4",
        },
        "name": "partners",
        "opaqueData": "deny",
        "thirdParty": [
          {
            "address": "192.0.2.0",
            "prefix": 24,
          },
          {
            "address": "198.51.100.7",
            "prefix": 32,
          },
        ],
        "tls": {
          "alpn": "ignore",
          "ciphersDeny": Set {
            "TLS_RSA_WITH_RC4_128_SHA",
            "0xC011",
          },
          "minVersion": "TLS1.3",
          "nullCiphers": "allowed",
          "serverNames": [
            "ftp.example.org",
            "*.example.net",
          ],
        },
      },
      "reservePorts": true,
      "rules": [
        {
          "action": "permit",
          "from": [
            {
              "address": "10.1.1.0",
              "prefix": 24,
            },
          ],
          "fromPort": undefined,
          "kind": "control",
          "name": "partners",
          "port": {
            "first": 21,
            "last": 21,
          },
          "profile": "partners",
          "to": [
            {
              "address": "10.200.200.1",
              "prefix": 32,
            },
          ],
        },
        {
          "action": "permit",
          "from": [
            {
              "address": "10.200.200.1",
              "prefix": 32,
            },
          ],
          "fromPort": {
            "first": 20,
            "last": 20,
          },
          "kind": "active-data",
          "name": "rule 2",
          "port": undefined,
          "profile": undefined,
          "to": [
            {
              "address": "10.1.1.0",
              "prefix": 24,
            },
            {
              "address": "2001:db8::",
              "prefix": 32,
            },
          ],
        },
        {
          "action": "deny",
          "from": undefined,
          "fromPort": undefined,
          "kind": "passive-data",
          "name": "rule 3",
          "port": undefined,
          "profile": undefined,
          "to": undefined,
        },
      ],
      "timeouts": {
        "connect": 1000,
        "controlIdle": 240000,
        "dataConnect": 7000,
        "dataIdle": 480000,
        "drain": 32400000,
        "greeting": 2000,
        "line": 5000,
        "login": 3000,
        "loginFailures": 600000,
        "pinhole": 6000,
      },
      "workers": 1,
    }
  `)
})

test('what is left out has its default', () => {
  const ruleset = rulesetOf('version: 1\nprofiles: { default: {} }\nrules: [{ permit: control }]')
  expect(ruleset).toMatchInlineSnapshot(`
    {
      "dataPath": "relay",
      "limits": {
        "commandBytes": 4096,
        "loginFailures": 5,
        "loginFailuresPerClient": 50,
        "replyBytes": 4096,
        "replyLines": 1000,
        "sessions": 10000,
        "sessionsPerClient": 100,
      },
      "listeners": [],
      "packetLog": {
        "onFailure": "deny",
        "path": "portcullis.log.jsonl",
      },
      "passivePorts": {
        "first": 50000,
        "last": 50099,
      },
      "profiles": Map {
        "default" => {
          "activeMode": "allowed",
          "authAfterCcc": "denied",
          "checks": {
            "actions": {
              "banner": "off",
              "bare-line-feeds": "deny",
              "command-spoofing": "reset",
              "eight-bit": "off",
              "embedded-commands": "deny",
              "low-ports": "deny",
              "malformed-addresses": "deny",
              "pipelining": "off",
              "reply-spoofing": "deny",
              "rest": "off",
              "site-exec": "deny",
              "syst-reply": "off",
              "truncated-commands": "off",
              "unacknowledged-commands": "off",
              "unknown-verbs": "off",
            },
            "lists": {
              "file-names": [],
              "file-types": [],
              "users": [],
            },
          },
          "clearCommandChannel": "allowed",
          "defaultDataPort": "denied",
          "deniedCommands": Set {},
          "deniedPorts": [
            {
              "first": 1433,
              "last": 1433,
            },
            {
              "first": 3306,
              "last": 3306,
            },
            {
              "first": 3389,
              "last": 3389,
            },
            {
              "first": 5432,
              "last": 5432,
            },
            {
              "first": 5900,
              "last": 5900,
            },
            {
              "first": 6000,
              "last": 6063,
            },
            {
              "first": 6379,
              "last": 6379,
            },
            {
              "first": 8080,
              "last": 8080,
            },
            {
              "first": 9200,
              "last": 9200,
            },
            {
              "first": 11211,
              "last": 11211,
            },
            {
              "first": 27017,
              "last": 27017,
            },
          ],
          "encryption": "allowed",
          "foreignAddresses": "refused",
          "lineEnding": "strict",
          "loginAfterCcc": "kept",
          "mechanisms": Set {
            "TLS",
            "TLS-C",
            "TLS-P",
            "SSL",
          },
          "name": "default",
          "opaqueData": "static",
          "thirdParty": [],
          "tls": {
            "alpn": "require-ftp-if-present",
            "ciphersDeny": Set {},
            "minVersion": "TLS1.2",
            "nullCiphers": "denied",
            "serverNames": undefined,
          },
        },
      },
      "reservePorts": false,
      "rules": [
        {
          "action": "permit",
          "from": undefined,
          "fromPort": undefined,
          "kind": "control",
          "name": "rule 1",
          "port": undefined,
          "profile": undefined,
          "to": undefined,
        },
      ],
      "timeouts": {
        "connect": 10000,
        "controlIdle": 900000,
        "dataConnect": 10000,
        "dataIdle": 300000,
        "drain": 30000,
        "greeting": 30000,
        "line": 30000,
        "login": 60000,
        "loginFailures": 600000,
        "pinhole": 30000,
      },
      "workers": 1,
    }
  `)
  expect(rulesetOf('version: 1').profiles).toEqual(ruleset.profiles)
})

test('K18 a file that only has a version permits nothing and listens nowhere', () => {
  expect(rulesetOf('version: 1')).toMatchObject({ rules: [], listeners: [] })
  expect(problemsOf('version: 1')).toMatchInlineSnapshot(`
    "
    rules.yaml:1:1 warning no rule permits control, so nobody can connect
      version: 1
      ^^^^^^^^^^
    "
  `)
  expect(problemsOf('version: 1', { forRunning: true })).toMatchInlineSnapshot(`
    "
    rules.yaml:1:1 error there are no listeners, so there is nothing to run
      version: 1
      ^^^^^^^^^^
    rules.yaml:1:1 warning no rule permits control, so nobody can connect
      version: 1
      ^^^^^^^^^^
    "
  `)
  expect(problemsOf('{}')).toMatchInlineSnapshot(`
    "
    rules.yaml:1:1 error "version" is missing
      {}
      ^^
    "
  `)
})

test('K7 an empty file and one of comments are errors', () => {
  expect(problemsOf('')).toMatchInlineSnapshot(`
    "
    rules.yaml:1:1 error the file says nothing; a rule file begins with "version: 1"
    "
  `)
  expect(problemsOf('# rules to come\n')).toMatchInlineSnapshot(`
    "
    rules.yaml:1:1 error the file says nothing; a rule file begins with "version: 1"
      # rules to come
      ^
    "
  `)
})

test('K2 unknown keys are errors everywhere, also keys of a later version', () => {
  expect(
    problemsOf(`version: 1
data_path: relay
Rules: []
listeners:
  - { name: a, listen: 0.0.0.0:21, server: 10.0.0.1:21, interception: none, TLS: explicit }
profiles:
  default: { data-protection: any, mechanism: [TLS], commands: { deny: [], allow: [] }, tls: { max-version: 1.2 } }
rules:
  - { permit: control, log: true }
timeouts: { idle: 3s }
limits: { session: 3 }
packet-log: { file: x }
`),
  ).toMatchInlineSnapshot(`
    "
    rules.yaml:2:1 error unknown key "data_path"; did you mean "data-path"?
      data_path: relay
      ^^^^^^^^^
    rules.yaml:3:1 error unknown key "Rules"; did you mean "rules"?
      Rules: []
      ^^^^^
    rules.yaml:5:57 error unknown key "interception"; did you mean "intercept"?
        - { name: a, listen: 0.0.0.0:21, server: 10.0.0.1:21, interception: none, TLS: explicit }
                                                              ^^^^^^^^^^^^
    rules.yaml:5:77 error unknown key "TLS"; did you mean "tls"?
        - { name: a, listen: 0.0.0.0:21, server: 10.0.0.1:21, interception: none, TLS: explicit }
                                                                                  ^^^
    rules.yaml:7:14 error unknown key "data-protection"; the keys here are active-mode, third-party, foreign-addresses, line-ending, denied-ports, commands, checks, default-data-port, encryption, mechanisms, clear-command-channel, opaque-data, login-after-ccc, auth-after-ccc, tls
        default: { data-protection: any, mechanism: [TLS], commands: { deny: [], allow: [] }, tls: { max-v…
                   ^^^^^^^^^^^^^^^
    rules.yaml:7:36 error unknown key "mechanism"; did you mean "mechanisms"?
        default: { data-protection: any, mechanism: [TLS], commands: { deny: [], allow: [] }, tls: { max-v…
                                         ^^^^^^^^^
    rules.yaml:7:76 error unknown key "allow"; the keys here are deny
      …ta-protection: any, mechanism: [TLS], commands: { deny: [], allow: [] }, tls: { max-version: 1.2 } }
                                                                   ^^^^^
    rules.yaml:7:96 error unknown key "max-version"; did you mean "min-version"?
      …ta-protection: any, mechanism: [TLS], commands: { deny: [], allow: [] }, tls: { max-version: 1.2 } }
                                                                                       ^^^^^^^^^^^
    rules.yaml:9:24 error unknown key "log"; the keys here are permit, deny, from, to, port, from-port, profile, name
        - { permit: control, log: true }
                             ^^^
    rules.yaml:10:13 error unknown key "idle"; the keys here are connect, greeting, login, control-idle, line, pinhole, data-connect, data-idle, drain, login-failures
      timeouts: { idle: 3s }
                  ^^^^
    rules.yaml:11:11 error unknown key "session"; did you mean "sessions"?
      limits: { session: 3 }
                ^^^^^^^
    rules.yaml:12:15 error unknown key "file"; the keys here are path, on-failure
      packet-log: { file: x }
                    ^^^^
    "
  `)
})

test('all problems are reported, not the first', () => {
  expect(
    problemsOf(`version: 2
listeners:
  - { name: a, listen: 21, server: 10.0.0.1 }
  - x
passive-ports: 80-90
profiles:
  slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
  odd: { encryption: yes, mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-SHA], server-names: [] } }
rules:
  - { permit: control, profile: slwo, from: 10.0.0.0/33, to: [] }
  - { permit: contrl, port: 50-40 }
  -
timeouts: { login: 30, line: 0s }
limits: { sessions: 0, reply-lines: 1.5 }
packet-log: { path: "", on-failure: no }
`),
  ).toMatchInlineSnapshot(`
    "
    rules.yaml:1:10 error this release reads version 1
      version: 2
               ^
    rules.yaml:3:24 error expected an address and a port, as 10.0.0.1:21
        - { name: a, listen: 21, server: 10.0.0.1 }
                             ^^
    rules.yaml:3:36 error "10.0.0.1" is not an address and a port, as 10.0.0.1:21 or "[2001:db8::1]:21"
        - { name: a, listen: 21, server: 10.0.0.1 }
                                         ^^^^^^^^
    rules.yaml:4:5 error expected keys with values, not "x"
        - x
          ^
    rules.yaml:5:16 error passive ports begin at 1024: clients do not connect to lower ones
      passive-ports: 80-90
                     ^^^^^
    rules.yaml:7:24 error expected allowed or denied, not "yes"
        slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
                             ^^^
    rules.yaml:7:43 error "10.0.0.1/8" has bits set beyond its prefix: write 10.0.0.0/8 for the network or 10.0.0.1 for the host
        slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
                                                ^^^^^^^^^^
    rules.yaml:7:55 error any stands alone, not in a list
        slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
                                                            ^^^
    rules.yaml:7:60 error expected an address or a CIDR block
        slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
                                                                 ^
    rules.yaml:7:74 error expected keys with values, not a list
        slow: { active-mode: yes, third-party: [10.0.0.1/8, any, 3], commands: [DELE] }
                                                                               ^^^^^^
    rules.yaml:8:22 error expected one of allowed, required, forbidden, not "yes"
        odd: { encryption: yes, mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-…
                           ^^^
    rules.yaml:8:45 error "TSL" is not a security mechanism of AUTH; did you mean "TLS"?
        odd: { encryption: yes, mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-…
                                                  ^^^
    rules.yaml:8:50 error "ſſl" is not a security mechanism of AUTH; they are TLS, TLS-C, TLS-P, SSL, GSSAPI, KERBEROS_V4
        odd: { encryption: yes, mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-…
                                                       ^^^
    rules.yaml:8:55 error expected a security mechanism, as TLS
      …d: { encryption: yes, mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-SHA]…
                                                         ^
    rules.yaml:8:79 error "3" is not a version of TLS: they are TLS1.0, TLS1.1, TLS1.2, TLS1.3
      …mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-SHA], server-names: [] } }
                                                           ^
    rules.yaml:8:97 error "RC4-SHA" is not a cipher suite: write its IANA name, as TLS_RSA_WITH_RC4_128_SHA, or its number, as 0x0005
      …mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-SHA], server-names: [] } }
                                                                             ^^^^^^^
    rules.yaml:8:121 error the list is empty, so nobody could begin TLS: leave it out for any name
      …mechanisms: [TLS, TSL, ſſl, 7], tls: { min-version: 3, ciphers-deny: [RC4-SHA], server-names: [] } }
                                                                                                     ^^
    rules.yaml:10:33 error there is no profile "slwo"; did you mean "slow"?
        - { permit: control, profile: slwo, from: 10.0.0.0/33, to: [] }
                                      ^^^^
    rules.yaml:10:45 error the prefix of "10.0.0.0/33" must be 0 to 32
        - { permit: control, profile: slwo, from: 10.0.0.0/33, to: [] }
                                                  ^^^^^^^^^^^
    rules.yaml:10:62 error the list is empty, so nothing can match: name at least one address
        - { permit: control, profile: slwo, from: 10.0.0.0/33, to: [] }
                                                                   ^^
    rules.yaml:11:15 error expected one of control, active-data, passive-data, not "contrl"; did you mean "control"?
        - { permit: contrl, port: 50-40 }
                    ^^^^^^
    rules.yaml:11:29 error the range "50-40" is reversed: write 40-50
        - { permit: contrl, port: 50-40 }
                                  ^^^^^
    rules.yaml:12:4 error expected keys with values, not nothing
        -
         ^
    rules.yaml:13:20 error expected a duration, as 30s, 15m or 2h
      timeouts: { login: 30, line: 0s }
                         ^^
    rules.yaml:13:30 error a duration must be longer than zero
      timeouts: { login: 30, line: 0s }
                                   ^^
    rules.yaml:14:21 error expected a whole number from 1 to 1000000
      limits: { sessions: 0, reply-lines: 1.5 }
                          ^
    rules.yaml:14:37 error expected a whole number from 10 to 100000
      limits: { sessions: 0, reply-lines: 1.5 }
                                          ^^^
    rules.yaml:15:21 error expected a file path, or -
      packet-log: { path: "", on-failure: no }
                          ^^
    rules.yaml:15:37 error expected deny or continue, not "no"
      packet-log: { path: "", on-failure: no }
                                          ^^
    "
  `)
})

test('sections that are empty or of another shape say what is expected', () => {
  expect(
    problemsOf(`version: "1"
listeners: { name: a }
profiles: [default]
rules:
limits: 3
`),
  ).toMatchInlineSnapshot(`
    "
    rules.yaml:1:10 error this release reads version 1
      version: "1"
               ^^^
    rules.yaml:2:12 error expected a list, not keys with values
      listeners: { name: a }
                 ^^^^^^^^^^^
    rules.yaml:3:11 error expected keys with values, not a list
      profiles: [default]
                ^^^^^^^^^
    rules.yaml:4:7 error expected a list, not nothing
      rules:
            ^
    rules.yaml:5:9 error expected keys with values, not "3"
      limits: 3
              ^
    "
  `)
})

describe('several files', () => {
  const head = 'version: 1\n'

  test('are read as one, in the order given', () => {
    const { ruleset, diagnostics } = load([
      {
        name: 'b',
        text: `${head}rules: [{ permit: control, profile: slow }, { permit: passive-data }]`,
      },
      { name: 'a', text: `${head}rules: [{ deny: active-data }]\nlimits: { sessions: 200 }` },
      { name: 'c', text: `${head}profiles: { slow: {} }` },
    ])
    expect(diagnostics).toEqual([])
    expect(ruleset?.rules.map(({ name, kind }) => [name, kind])).toEqual([
      ['rule 1', 'control'],
      ['rule 2', 'passive-data'],
      ['rule 3', 'active-data'],
    ])
    expect(ruleset?.limits.sessions).toBe(200)
    expect([...(ruleset?.profiles.keys() ?? [])]).toEqual(['default', 'slow'])
  })

  test('what may be given once is given once, and each file has its version', () => {
    const section =
      'timeouts: { line: 3s }\nprofiles: { p: {} }\nrules: [{ deny: control, name: r }]'
    expect(
      problemsOfFiles({ a: `${head}${section}`, b: `${head}${section}`, c: 'rules: []' }),
    ).toMatchInlineSnapshot(`
      "
      b:2:1 error "timeouts" is already given at a:2:11
        timeouts: { line: 3s }
        ^^^^^^^^
      b:3:13 error the profile "p" is already given at a:3:16
        profiles: { p: {} }
                    ^
      b:4:9 warning this rule never matches: "r" at a:4:9 already denies all of it
        rules: [{ deny: control, name: r }]
                ^^^^^^^^^^^^^^^^^^^^^^^^^^
      b:4:32 error the rule at a:4:9 is already called "r"
        rules: [{ deny: control, name: r }]
                                       ^
      c:1:1 error "version" is missing
        rules: []
        ^^^^^^^^^
      "
    `)
  })

  test('one that cannot be read does not hide the problems of the others', () => {
    expect(
      problemsOfFiles({ a: 'x: [', b: `${head}rules: [{ permit: x }]` }),
    ).toMatchInlineSnapshot(`
      "
      a:1:5 error not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]
        x: [
            ^
      b:2:19 error expected one of control, active-data, passive-data, not "x"
        rules: [{ permit: x }]
                          ^
      "
    `)
  })

  test('no file at all permits nothing', () => {
    expect(load([]).ruleset).toMatchObject({ rules: [], listeners: [] })
  })
})

test('a problem seen through several aliases is told once', () => {
  const text = `version: 1
rules:
  - { permit: control, from: &bad [10.0.0.1/8] }
  - { permit: passive-data, from: *bad }
`
  expect(load([{ name: 'r', text }]).diagnostics).toHaveLength(1)
})

test('ten thousand rules load in a few seconds', () => {
  const rules = Array.from(
    { length: 10_000 },
    (_, n) =>
      `  - { permit: control, from: 10.0.${n >> 8}.${n & 255}, to: 10.200.200.1, port: 21 }\n`,
  )
  const { ruleset } = load([{ name: 'r', text: `version: 1\nrules:\n${rules.join('')}` }])
  expect(ruleset?.rules).toHaveLength(10_000)
}, 20_000)

describe('property: no text makes it throw, and every problem is within the text', () => {
  function judge(text: string): void {
    const { ruleset, diagnostics } = load([{ name: 'r', text }], { forRunning: true })
    const lines = text.replace(/^\ufeff/, '').split('\n')
    expect(ruleset === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
    for (const found of diagnostics) {
      expect(found.line).toBeLessThanOrEqual(lines.length)
      expect(lines[found.line - 1]?.startsWith(found.sourceLine)).toBe(true)
      expect(found.column).toBeLessThanOrEqual(found.sourceLine.length + 2)
      expect(formatDiagnostic(found).split('\n').length).toBeLessThanOrEqual(3)
    }
  }

  const words = FRONT_DOOR.split(/(?<=[\s{}[\],:-])|(?=[\s{}[\],:-])/)
  const oddities = [
    '&a',
    '*a',
    '!!int',
    '~',
    '<<',
    '? ',
    '- ',
    '| ',
    '> ',
    '"',
    "'",
    '\t',
    '\r\n',
    '---',
    '%YAML 1.1',
    '#',
    '__proto__',
    '\ufeff',
    '\0',
    '0x15',
    '::1',
    '[]',
    '{}',
  ]

  test('words of a rule file in any order', () => {
    const word = fc.constantFrom(...words, ...oddities)
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (list) => judge(list.join(''))),
      { numRuns: 1000 },
    )
  }, 60_000)

  test('a sound rule file with pieces replaced', () => {
    const edit = fc.tuple(fc.nat(words.length - 1), fc.constantFrom(...words, ...oddities, ''))
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = [...words]
        for (const [at, word] of edits) changed[at] = word
        judge(changed.join(''))
      }),
      { numRuns: 500 },
    )
  }, 60_000)
})
