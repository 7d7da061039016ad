/** The real thing: ProFTPD set up as it has to be, the proxy with a rule file, and a client that tells. */
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  Report,
  ReportedCell,
  ReportedListener,
  ReportedTrial,
} from '../../../src/explain/report.ts'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { IpFamily } from '../../../src/net/ip.ts'
import { type CertificateFiles, writeCertificates } from '../../support/peers/certificates.ts'
import { type Host, THIS_HOST } from '../../support/peers/host.ts'
import { endGroup, peerEnvironment, python, runProgram } from '../../support/peers/program.ts'
import { accepting, FILES_FOLDER, PASSWORD } from '../../support/peers/server.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { digestOf } from '../files.ts'
import {
  type ScriptedServer,
  type Sockets,
  THIS_NETWORK,
  startScriptedGssapi,
} from './scripted-gssapi.ts'
import type { ServerSetting } from './setting.ts'

export const MAIN: string = join(import.meta.dirname, '..', '..', '..', 'dist', 'cli', 'main.js')
const CLIENT = join(import.meta.dirname, 'client.py')
const FILE = 'file'
const CONTENT = Buffer.from('what a data connection carries\n'.repeat(2_000))
const RUN_MS = 110_000
/** How long clients wait for a data connection, and for one that is not to come. */
const PATIENCE_S = 20
const IN_VAIN_S = 4

/** One session to hold. */
export interface Attempt {
  readonly cell: ReportedCell
  readonly trial: ReportedTrial
}

/** How clients get to the proxy, and from where. */
export interface Way {
  readonly at: Readonly<Record<IpFamily, Endpoint>>
  readonly from: Readonly<Record<IpFamily, string>>
  /** Of the listener. */
  readonly tls: string
  /** Whether the network takes them to other addresses as well. Default: they cannot get there. */
  readonly isRouted?: boolean
}

export interface Held {
  readonly works: boolean
  readonly story: string
  /** Its end of the control connection; empty when there was none. */
  readonly client: string
}

export class Laboratory {
  readonly directory: string
  readonly #certificates: CertificateFiles
  readonly #serverHost: Host
  readonly #serverNetwork: Sockets
  #ports = 0

  private constructor(
    directory: string,
    certificates: CertificateFiles,
    serverHost: Host,
    serverNetwork: Sockets,
  ) {
    this.directory = directory
    this.#certificates = certificates
    this.#serverHost = serverHost
    this.#serverNetwork = serverNetwork
  }

  /** @param host Of the servers. */
  static async open(host: Host = THIS_HOST, network: Sockets = THIS_NETWORK): Promise<Laboratory> {
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-explain-'))
    await chmod(directory, 0o755)
    return new Laboratory(directory, await writeCertificates(directory), host, network)
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }

  /** What the built program prints for a rule file. */
  report(name: string, text: string, client: string, server?: string): ReportedListener {
    const file = join(this.directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    const args = [MAIN, 'explain', file, '--client', client, '--json']
    if (server !== undefined) args.push('--server', server)
    const options = { encoding: 'utf8', maxBuffer: 1 << 26 } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
    if (status !== 0) throw new Error(`explain ended with ${status}: ${stderr}`)
    const [listener] = (JSON.parse(stdout) as Report).listeners
    if (listener === undefined) throw new Error('nothing was explained')
    return listener
  }

  async startProxy(rules: string, listen: Endpoint): Promise<ScriptedServer> {
    const child = spawn(process.execPath, [MAIN, 'run', rules], {
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    child.stdout.resume()
    await accepting(child, listen, 'the proxy')
    return { stop: () => endGroup(child) }
  }

  startScripted(at: Endpoint, setting: ServerSetting): Promise<ScriptedServer> {
    return startScriptedGssapi(at, setting, CONTENT, this.#serverNetwork)
  }

  async startServer(at: Endpoint, setting: ServerSetting): Promise<ScriptedServer> {
    const directory = await mkdtemp(join(this.directory, 'proftpd-'))
    const loginDirectory = join(directory, 'login')
    await mkdir(join(loginDirectory, FILES_FOLDER), { recursive: true })
    for (const path of [directory, loginDirectory, join(loginDirectory, FILES_FOLDER)])
      await chmod(path, 0o755)
    await writeFile(join(loginDirectory, FILES_FOLDER, FILE), CONTENT)
    const { announcedAddress } = setting
    const plan = { endpoint: at, passivePorts: setting.ports, directory, loginDirectory }
    const prepared = await PROFTPD_TLS.prepare(plan, {
      begins: setting.begins,
      requiresReuse: false,
      certificates: this.#certificates,
      ...(announcedAddress === undefined ? {} : { announcedAddress }),
    })
    // Only as root it may connect from port 20; else it takes whatever port the system gives it.
    const revoke = setting.hasDataPort ? 'off' : 'UseNonCompliantActiveTransfer'
    await appendFile(join(directory, 'proftpd.conf'), `RootRevoke ${revoke}\n`)
    const { program, args } = this.#serverHost.command(prepared.program, prepared.args)
    const child = spawn(program, args, {
      cwd: directory,
      env: peerEnvironment(directory),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    await accepting(child, at, 'ProFTPD', this.#serverHost)
    return { stop: () => endGroup(child) }
  }

  /** Holds each session, some at a time; in the order given. */
  async hold(attempts: readonly Attempt[], way: Way): Promise<readonly Held[]> {
    const plans = attempts.map(({ cell, trial }) => {
      this.#ports = (this.#ports + 1) % 500
      const at = way.at[cell.family]
      return {
        address: at.address,
        port: at.port,
        source: way.from[cell.family],
        isRouted: way.isRouted ?? false,
        patience: trial.works ? PATIENCE_S : IN_VAIN_S,
        listener: way.tls,
        protection: cell.protection,
        command: cell.command,
        dataPort: trial.dataPort + this.#ports,
        heedsAddress: trial.heedsAddress,
        user: 'portcullis',
        password: PASSWORD,
        remote: `${FILES_FOLDER}/${FILE}`,
        digest: digestOf(CONTENT),
        authority: this.#certificates.authority,
      }
    })
    const { status, text } = await runProgram(python() ?? 'python3', [CLIENT], {
      cwd: this.directory,
      timeoutMs: RUN_MS,
      input: JSON.stringify(plans),
    })
    if (status !== 0) throw new Error(`the client ended with ${status}: ${text}`)
    return JSON.parse(text) as readonly Held[]
  }
}
