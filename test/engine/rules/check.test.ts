import { describe, expect, test } from 'vitest'
import { problemsOf, problemsOfRules } from './loading.ts'

describe('dangling references', () => {
  test('K3 a rule may only name a profile that exists', () => {
    expect(
      problemsOf(`version: 1
profiles: { partners: {} }
rules:
  - { permit: control, profile: partner }
  - { permit: control, profile: nobody, port: 22 }
`),
    ).toMatchInlineSnapshot(`
      "
      rules.yaml:4:33 error there is no profile "partner"; did you mean "partners"?
          - { permit: control, profile: partner }
                                        ^^^^^^^
      rules.yaml:5:5 warning this rule never matches: "rule 1" at rules.yaml:4:5 already permits all of it
          - { permit: control, profile: nobody, port: 22 }
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      rules.yaml:5:33 error there is no profile "nobody"
          - { permit: control, profile: nobody, port: 22 }
                                        ^^^^^^
      "
    `)
  })

  test('K3 the default profile exists by itself', () => {
    expect(problemsOfRules('{ permit: control, profile: default }')).toEqual([])
  })

  test('K3 a profile that has a problem of its own is not missing as well', () => {
    const text = 'version: 1\nprofiles: { p: { x: 1 } }\nrules: [{ permit: control, profile: p }]'
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "
      rules.yaml:2:18 error unknown key "x"; the keys here are active-mode, third-party, foreign-addresses, line-ending, denied-ports, commands, checks, default-data-port, encryption, mechanisms, clear-command-channel, opaque-data, login-after-ccc, auth-after-ccc, tls
        profiles: { p: { x: 1 } }
                         ^
      "
    `)
  })

  test('K3 a profile that no rule uses is a warning', () => {
    const text =
      'version: 1\nprofiles: { p: {} }\nrules: [{ permit: control }, { deny: active-data }, { deny: passive-data }]'
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "
      rules.yaml:2:13 warning no rule uses the profile "p"
        profiles: { p: {} }
                    ^
      "
    `)
  })
})

test('names are given once', () => {
  expect(
    problemsOf(`version: 1
listeners:
  - { name: a, listen: 10.0.0.1:21, server: 10.9.9.9:21 }
  - { name: a, listen: 10.0.0.2:21, server: 10.9.9.9:21 }
rules:
  - { permit: control, name: rule 2 }
  - { permit: active-data }
  - { permit: passive-data, name: rule 2 }
`),
  ).toMatchInlineSnapshot(`
    "
    rules.yaml:4:13 error the listener at rules.yaml:3:5 is already called "a"
        - { name: a, listen: 10.0.0.2:21, server: 10.9.9.9:21 }
                  ^
    rules.yaml:7:5 error the rule at rules.yaml:6:5 is already called "rule 2"
        - { permit: active-data }
          ^^^^^^^^^^^^^^^^^^^^^^^
    rules.yaml:8:35 error the rule at rules.yaml:6:5 is already called "rule 2"
        - { permit: passive-data, name: rule 2 }
                                        ^^^^^^
    "
  `)
})

describe('addresses of two families', () => {
  test('do not meet', () => {
    expect(
      problemsOfRules(
        '{ permit: control, from: 10.0.0.0/8, to: "2001:db8::1" }',
        '{ permit: active-data, from: "2001:db8::/32", to: 10.0.0.1 }',
        '{ permit: control, from: [10.1.0.0/16, "2001:db9::/32"], to: "2001:db8::2" }',
        '{ permit: control, from: any, to: "2001:db8::3" }',
      ),
    ).toEqual([
      '1:5 warning "from" is IPv4 and "to" is IPv6: no listener joins the two',
      '2:5 warning "from" is IPv6 and "to" is IPv4: no listener joins the two',
    ])
  })

  test('meet in a listener', () => {
    expect(
      problemsOf(`version: 1
listeners: [{ name: a, listen: "[::]:21", server: 10.0.0.1:21, server-passive-ports: 60000-60009 }]
rules:
  - { permit: control, from: "2001:db8::/32", to: 10.0.0.1 }
  - { permit: active-data, from: 10.0.0.1, to: "2001:db8::/32" }
  - { permit: passive-data, from: "2001:db8::/32", to: 10.0.0.1 }
`),
    ).toBe('\n\n')
  })
})

test('limits that contradict each other', () => {
  const head =
    'version: 1\nrules: [{ permit: control }, { deny: active-data }, { deny: passive-data }]\n'
  expect(problemsOf(`${head}limits: { sessions: 10 }`)).toBe('\n\n')
  expect(
    problemsOf(`${head}limits: { sessions: 10, sessions-per-client: 11 }`),
  ).toMatchInlineSnapshot(`
    "
    rules.yaml:3:46 warning one client may have more sessions than all together
      limits: { sessions: 10, sessions-per-client: 11 }
                                                   ^^
    "
  `)
})

describe('what nothing permits', () => {
  test('nobody can connect', () => {
    expect(problemsOf('version: 1\nrules: [{ deny: control }]')).toMatchInlineSnapshot(`
      "
      rules.yaml:2:1 warning no rule permits control, so nobody can connect
        rules: [{ deny: control }]
        ^^^^^
      "
    `)
  })

  test('no data connection', () => {
    expect(problemsOf('version: 1\nrules: [{ permit: control }]')).toMatchInlineSnapshot(`
      "
      rules.yaml:2:1 warning no rule permits passive-data: PASV and EPSV will fail
        rules: [{ permit: control }]
        ^^^^^
      rules.yaml:2:1 warning no rule permits active-data: PORT and EPRT will fail
        rules: [{ permit: control }]
        ^^^^^
      "
    `)
  })

  test('denying on purpose is no mistake', () => {
    const rules = 'rules: [{ permit: control }, { deny: active-data }, { deny: passive-data }]'
    expect(problemsOf(`version: 1\n${rules}`)).toBe('\n\n')
  })

  test('active mode that no profile allows needs no rule', () => {
    const text = `version: 1
profiles: { default: { active-mode: denied } }
rules: [{ permit: control }, { permit: passive-data }]
`
    expect(problemsOf(text)).toBe('\n\n')
  })

  test('a server that no rule permits', () => {
    expect(
      problemsOf(`version: 1
listeners:
  - { name: a, listen: 10.0.0.1:21, server: 10.9.9.9:21, server-passive-ports: 60000-60009 }
  - { name: b, listen: 10.0.0.2:21, server: 10.9.9.9:2121 }
  - { name: c, listen: 10.0.0.3:21, server: 10.9.9.8:21 }
rules: [{ permit: control, to: 10.9.9.9, port: 21 }, { permit: active-data }, { permit: passive-data }]
`),
    ).toMatchInlineSnapshot(`
      "
      rules.yaml:4:45 warning no rule permits control to this server, so nobody can connect
          - { name: b, listen: 10.0.0.2:21, server: 10.9.9.9:2121 }
                                                    ^^^^^^^^^^^^^
      rules.yaml:5:45 warning no rule permits control to this server, so nobody can connect
          - { name: c, listen: 10.0.0.3:21, server: 10.9.9.8:21 }
                                                    ^^^^^^^^^^^
      "
    `)
  })
})
