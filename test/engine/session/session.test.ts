import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'

describe('a session from greeting to QUIT', () => {
  test('a passive download: nothing of the 227 is spoken before its pinhole is open', () => {
    const talk = new Conversation().login()
    talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64).\r\n')
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
    talk.client('RETR f\r\n').server('150 here it comes\r\n').server('226 done\r\n').endData(12, 0)
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.toString()).toMatchInlineSnapshot(`
      ">> server "220 x\\r\\n"
      << client "220 x\\r\\n"
      >> client "USER u\\r\\n"
      << server "USER u\\r\\n"
      >> server "331 p\\r\\n"
      << client "331 p\\r\\n"
      >> client "PASS p\\r\\n"
      << server "PASS p\\r\\n"
      >> server "230 ok\\r\\n"
      << client "230 ok\\r\\n"
      >> client "PASV\\r\\n"
      << server "PASV\\r\\n"
      >> server "227 Entering Passive Mode (10,0,0,20,156,64).\\r\\n"
      << open pinhole for 198.51.100.10
      >> pinhole open at 203.0.113.1:50000
      << client "227 Entering Passive Mode (203,0,113,1,195,80)\\r\\n"
      << close pinhole
      >> client "RETR f\\r\\n"
      << server "RETR f\\r\\n"
      >> server "150 here it comes\\r\\n"
      << client "150 here it comes\\r\\n"
      >> server "226 done\\r\\n"
      << client "226 done\\r\\n"
      >> client "QUIT\\r\\n"
      << server "QUIT\\r\\n"
      >> server "221 bye\\r\\n"
      << client "221 bye\\r\\n"
      << close server
      << close client"
    `)
    expect(talk.records).toMatchInlineSnapshot(`
      [
        {
          "client": "198.51.100.10:40000",
          "listener": "front-door",
          "local": "203.0.113.1:21",
          "profile": "default",
          "rule": "front door: control",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "session.open",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 220,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "x",
          "type": "control.reply",
        },
        {
          "argument": "u",
          "client": "198.51.100.10:40000",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "control.command",
          "verb": "USER",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 331,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "p",
          "type": "control.reply",
          "verb": "USER",
        },
        {
          "client": "198.51.100.10:40000",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "control.command",
          "verb": "PASS",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 230,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "ok",
          "type": "control.reply",
          "verb": "PASS",
        },
        {
          "client": "198.51.100.10:40000",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "control.command",
          "verb": "PASV",
        },
        {
          "client": "198.51.100.10:40000",
          "dial": "10.0.0.20:40000",
          "listening": "203.0.113.1:50000",
          "mode": "passive",
          "peer": "198.51.100.10",
          "pinhole": "s1/p1",
          "rule": "front door: passive data",
          "server": "10.0.0.20:21",
          "session": "s1",
          "ttlMs": 30000,
          "type": "pinhole.open",
        },
        {
          "after": "203.0.113.1:50000",
          "before": "10.0.0.20:40000",
          "client": "198.51.100.10:40000",
          "form": "227",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "rewrite",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 227,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "Entering Passive Mode (203,0,113,1,195,80)",
          "type": "control.reply",
          "verb": "PASV",
        },
        {
          "client": "198.51.100.10:40000",
          "peer": "198.51.100.10:40100",
          "pinhole": "s1/p1",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "pinhole.use",
        },
        {
          "client": "198.51.100.10:40000",
          "pinhole": "s1/p1",
          "reason": "used",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "pinhole.close",
        },
        {
          "argument": "f",
          "client": "198.51.100.10:40000",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "control.command",
          "verb": "RETR",
        },
        {
          "client": "198.51.100.10:40000",
          "from": "198.51.100.10:40100",
          "mode": "passive",
          "path": "f",
          "pinhole": "s1/p1",
          "server": "10.0.0.20:21",
          "session": "s1",
          "to": "10.0.0.20:40000",
          "type": "data.open",
          "verb": "RETR",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 150,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "here it comes",
          "type": "control.reply",
          "verb": "RETR",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 226,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "done",
          "type": "control.reply",
          "verb": "RETR",
        },
        {
          "cause": "end",
          "client": "198.51.100.10:40000",
          "durationMs": 0,
          "path": "f",
          "pinhole": "s1/p1",
          "server": "10.0.0.20:21",
          "session": "s1",
          "toClientBytes": 12,
          "toServerBytes": 0,
          "type": "data.close",
          "verb": "RETR",
        },
        {
          "client": "198.51.100.10:40000",
          "server": "10.0.0.20:21",
          "session": "s1",
          "type": "control.command",
          "verb": "QUIT",
        },
        {
          "client": "198.51.100.10:40000",
          "code": 221,
          "lines": 1,
          "server": "10.0.0.20:21",
          "session": "s1",
          "text": "bye",
          "type": "control.reply",
          "verb": "QUIT",
        },
        {
          "client": "198.51.100.10:40000",
          "commands": 5,
          "durationMs": 0,
          "reason": "quit",
          "refusals": 0,
          "server": "10.0.0.20:21",
          "session": "s1",
          "toClientBytes": 12,
          "toServerBytes": 0,
          "transfers": 1,
          "type": "session.close",
        },
      ]
    `)
    expect(talk.gateway.counts).toEqual({ sessions: 0, clients: 0, pinholes: 0, leases: 0 })
  })

  test('an active upload: PORT is regenerated, the pinhole carries nothing before the 200', () => {
    const talk = new Conversation().login()
    talk.client('PORT 198,51,100,10,200,21\r\n')
    expect(talk.effectsOf('dialData')).toEqual([])
    talk.server('200 PORT command successful\r\n').client('STOR f\r\n').server('150 go\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    talk.endData(0, 5).server('226 done\r\n')
    expect(talk.toString()).toMatchInlineSnapshot(`
      ">> server "220 x\\r\\n"
      << client "220 x\\r\\n"
      >> client "USER u\\r\\n"
      << server "USER u\\r\\n"
      >> server "331 p\\r\\n"
      << client "331 p\\r\\n"
      >> client "PASS p\\r\\n"
      << server "PASS p\\r\\n"
      >> server "230 ok\\r\\n"
      << client "230 ok\\r\\n"
      >> client "PORT 198,51,100,10,200,21\\r\\n"
      << open pinhole for 10.0.0.20
      >> pinhole open at 10.0.0.1:42001
      << server "PORT 10,0,0,1,164,17\\r\\n"
      >> server "200 PORT command successful\\r\\n"
      << client "200 PORT command successful\\r\\n"
      >> client "STOR f\\r\\n"
      << server "STOR f\\r\\n"
      >> server "150 go\\r\\n"
      << client "150 go\\r\\n"
      << close pinhole
      >> server "226 done\\r\\n"
      << client "226 done\\r\\n""
    `)
  })
})
