import { describe, expect, test } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'
import { problemsOf } from './loading.ts'

const DATA = `  - { deny: active-data }
  - { permit: passive-data, port: 60000-60099 }
`

/** One listener with these keys, and everybody in one profile. */
function problems(
  profile: string,
  listener: string = 'listen: 10.0.0.1:2121, server-passive-ports: 60000-60099',
  rules: string = `  - { permit: control, profile: p }\n${DATA}`,
): readonly string[] {
  const text = `version: 1
listeners:
  - { name: l, server: 10.0.0.2:21, ${listener} }
profiles: { p: { ${profile} }, q: { encryption: forbidden } }
rules:
${rules}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ message }) => !message.includes('no rule uses'))
    .map((one) => `${one.line}:${one.column} ${one.severity} ${one.message}`)
}

describe('a profile does not contradict itself', () => {
  test.each([
    ['encryption: forbidden, clear-command-channel: required', '4:64', 'encryption is forbidden'],
    ['mechanisms: [], encryption: required', '4:30', 'encryption is required, but'],
    ['clear-command-channel: required, mechanisms: []', '4:63', 'CCC is required, but'],
  ])('%s', (profile, place, message) => {
    const [problem, ...others] = problems(profile)
    expect(problem).toMatch(new RegExp(`^${place} error ${message}`))
    expect(others).toEqual([])
  })

  test.each([
    '',
    'encryption: required, clear-command-channel: required',
    'encryption: forbidden, clear-command-channel: forbidden, mechanisms: []',
    'mechanisms: []',
  ])('%j does not', (profile) => {
    expect(problems(profile)).toEqual([])
  })

  test('an implicit listener needs no mechanism', () => {
    const listener = 'listen: 10.0.0.1:990, tls: implicit, server-passive-ports: 60000-60099'
    expect(problems('mechanisms: [], encryption: required', listener)).toEqual([])
  })
})

describe('ports that mean something else to clients', () => {
  test.each([
    ['listen: 10.0.0.1:990', /^3:\d+ warning clients of port 990 usually begin with TLS/],
    ['listen: 10.0.0.1:21, tls: implicit', /usually begin clear.*"tls: implicit" is for 990$/],
    ['listen: 10.0.0.1:21, tls: implicit-after-greeting', /usually begin clear/],
  ])('%s', (listener, message) => {
    expect(problems('opaque-data: deny', listener)).toEqual([expect.stringMatching(message)])
  })

  test.each([
    'listen: 10.0.0.1:21',
    'listen: 10.0.0.1:990, tls: implicit',
    'listen: 10.0.0.1:2121, tls: implicit',
    'listen: 10.0.0.1:2121',
  ])('%s is as usual', (listener) => {
    expect(problems('opaque-data: deny', listener)).toEqual([])
  })
})

describe('an implicit listener', () => {
  const listener = 'listen: 10.0.0.1:990, tls: implicit, server-passive-ports: 60000-60099'

  test('that every profile forbids lets nobody in', () => {
    expect(problems('encryption: forbidden', listener)).toEqual([
      '3:64 error everything here is encrypted, which the profile "p" forbids: nobody can connect',
    ])
  })

  test('that one of several profiles forbids is a warning', () => {
    const rules = `  - { permit: control, from: 10.1.1.1, profile: q }
  - { permit: control, profile: p }
${DATA}`
    expect(problems('', listener, rules)).toEqual([
      '3:64 warning everything here is encrypted, which the profile "q" forbids: its clients cannot connect',
    ])
  })

  test('is nothing to profiles that are for other servers', () => {
    const rules = `  - { permit: control, to: 10.0.0.9, profile: q }
  - { permit: control, port: 2121, profile: q }
  - { permit: control, to: 10.0.0.2, port: 21, profile: p }
${DATA}`
    expect(problems('', listener, rules)).toEqual([])
  })
})

describe('data connections of encrypted sessions', () => {
  const bare = 'listen: 10.0.0.1:21'

  test('T26 have no place without server-passive-ports', () => {
    expect(problems('', bare)).toEqual([
      '3:24 warning encrypted sessions get no data connections to this server: give server-passive-ports, or say "opaque-data: deny" in "p"',
    ])
  })

  test('T26 and cannot have one at the address of the listener', () => {
    expect(problems('', 'listen: 10.0.0.2:2121')).toEqual([
      '3:24 warning encrypted sessions get no data connections to this server: say "opaque-data: deny" in "p"',
    ])
  })

  test('T26 also where nobody has written a profile', () => {
    expect(
      problemsOf(`version: 1
listeners: [{ name: a, listen: 10.0.0.1:21, server: 10.0.0.2:21 }]
rules: [{ permit: control }, { permit: active-data }, { permit: passive-data }]
`),
    ).toMatchInlineSnapshot(`
      "
      rules.yaml:2:53 warning encrypted sessions get no data connections to this server: give server-passive-ports, or say "opaque-data: deny" in "default"
        listeners: [{ name: a, listen: 10.0.0.1:21, server: 10.0.0.2:21 }]
                                                            ^^^^^^^^^^^
      "
    `)
  })

  test.each(['opaque-data: deny', 'encryption: forbidden', 'mechanisms: []'])(
    'T26 are not missed with %s',
    (profile) => {
      expect(problems(profile, bare)).toEqual([])
    },
  )

  test('T26 an implicit listener has them whatever the mechanisms', () => {
    expect(problems('mechanisms: []', 'listen: 10.0.0.1:990, tls: implicit')).toHaveLength(1)
  })

  test.each([
    ['{ permit: passive-data, port: 60000-60050 }', '60051-60099'],
    ['{ permit: passive-data, port: 60001-65535 }', '60000'],
    ['{ permit: passive-data, to: 10.0.0.9 }', '60000-60099'],
    ['{ permit: passive-data, port: 1024-2000 }', '60000-60099'],
    ['{ deny: passive-data }', '60000-60099'],
    [
      '{ permit: passive-data, port: 60060-60099 }\n  - { permit: passive-data, port: 60000-60049 }',
      '60050-60059',
    ],
  ])('T26 need a rule for every port: %s', (rule, gap) => {
    const rules = `  - { permit: control, profile: p }\n  - { deny: active-data }\n  - ${rule}\n`
    expect(problems('', undefined, rules)).toEqual([
      `3:82 warning no rule permits passive-data to port ${gap} of this server: there encrypted sessions get no data connections`,
    ])
  })

  test.each([
    '{ permit: passive-data }',
    '{ permit: passive-data, from: 10.1.1.1, to: 10.0.0.0/24, port: 60000-60099 }',
    '{ permit: passive-data, port: 60050-60099 }\n  - { permit: passive-data, port: 60000-60049 }',
  ])('T26 have it with %s', (rule) => {
    const rules = `  - { permit: control, profile: p }\n  - { deny: active-data }\n  - ${rule}\n`
    expect(problems('', undefined, rules)).toEqual([])
  })

  test('T26 are judged only when nothing was left out for a problem of its own', () => {
    const rules = `  - { permit: control, profile: p }\n  - { permit: passive-data, port: 0 }\n`
    expect(problems('', bare, rules)).toEqual([expect.stringMatching(/ error /)])
  })
})

describe('listeners whose clients choose the server', () => {
  const gateway = 'listen: 0.0.0.0:2121, intercept: redirect'

  function found(listener: string, rules = `  - { permit: control }\n${DATA}`): readonly string[] {
    const text = `version: 1
data-path: kernel
listeners:
  - { name: l, server: original-destination, ${listener} }
profiles: { none: { encryption: forbidden } }
rules:
${rules}`
    return load([{ name: 'r', text }])
      .diagnostics.filter(({ message }) => !message.includes('no rule uses'))
      .map((one) => `${one.line}:${one.column} ${one.severity} ${one.message}`)
  }

  test('encrypted sessions have only the passive ports that are named', () => {
    expect(found(gateway)).toEqual([
      '4:24 warning encrypted sessions get no passive data connections to these servers: give server-passive-ports, or say "opaque-data: deny" in "default"',
    ])
    expect(found(`${gateway}, server-passive-ports: 60000-60099`)).toEqual([])
    expect(found(`${gateway}, server-passive-ports: 60000-60100`)).toEqual([
      '4:111 warning no rule permits passive-data to port 60100 of these servers: there encrypted sessions get no data connections',
    ])
  })

  test('their profiles are those of control rules for the port that is intercepted', () => {
    const rules = `  - { permit: control, port: 21, profile: none }\n${DATA}`
    expect(found(gateway, rules)).toEqual([])
    expect(found(`${gateway}, intercept-port: 2100`, rules)).toEqual([
      '4:24 warning no rule permits control to port 2100 of any server, so nobody can connect',
    ])
  })

  test('nobody can connect where all is encrypted and no profile allows it', () => {
    const rules = `  - { permit: control, port: 990, profile: none }\n${DATA}`
    expect(found(`${gateway}, tls: implicit`, rules)).toEqual([
      expect.stringMatching(/^4:\d+ error everything here is encrypted, which the profile "none"/),
    ])
  })

  test('the usual port is the one that is intercepted', () => {
    const range = 'server-passive-ports: 60000-60099'
    expect(found(`${gateway}, ${range}, intercept-port: 990`)).toEqual([
      expect.stringMatching(/^4:\d+ warning clients of port 990 usually begin with TLS/),
    ])
    expect(found(`${gateway}, ${range}, tls: implicit`)).toEqual([])
    expect(found(`${gateway}, ${range}, tls: implicit, intercept-port: 21`)).toEqual([
      expect.stringMatching(/^4:\d+ warning clients of port 21 usually begin clear/),
    ])
  })
})
