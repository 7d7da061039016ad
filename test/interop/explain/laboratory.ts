/** The real thing: ProFTPD set up as it has to be, the proxy with a rule file, and a client that tells. */
import { spawn } from 'node:child_process'
import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReportedCell, ReportedTrial } from '../../../src/explain/report.ts'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { type CertificateFiles, writeCertificates } from '../../support/peers/certificates.ts'
import { endGroup, peerEnvironment, python, runProgram } from '../../support/peers/program.ts'
import { accepting, FILES_FOLDER, PASSWORD } from '../../support/peers/server.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { digestOf } from '../files.ts'
import { type ScriptedServer, startScriptedGssapi } from './scripted-gssapi.ts'
import type { ServerSetting } from './setting.ts'

export const MAIN: string = join(import.meta.dirname, '..', '..', '..', 'dist', 'cli', 'main.js')
const CLIENT = join(import.meta.dirname, 'client.py')
const FILE = 'file'
const CONTENT = Buffer.from('what a data connection carries\n'.repeat(2_000))
const RUN_MS = 110_000

/** One session to hold. */
export interface Attempt {
  readonly cell: ReportedCell
  readonly trial: ReportedTrial
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
  #ports = 0

  private constructor(directory: string, certificates: CertificateFiles) {
    this.directory = directory
    this.#certificates = certificates
  }

  static async open(): Promise<Laboratory> {
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-explain-'))
    await chmod(directory, 0o755)
    return new Laboratory(directory, await writeCertificates(directory))
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
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
    return startScriptedGssapi(at, setting, CONTENT)
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
    const { program, args } = await PROFTPD_TLS.prepare(plan, {
      begins: setting.begins,
      requiresReuse: false,
      certificates: this.#certificates,
      ...(announcedAddress === undefined ? {} : { announcedAddress }),
    })
    // Only as root it may connect from port 20; else it takes whatever port the system gives it.
    const revoke = setting.hasDataPort ? 'off' : 'UseNonCompliantActiveTransfer'
    await appendFile(join(directory, 'proftpd.conf'), `RootRevoke ${revoke}\n`)
    const child = spawn(program, args, {
      cwd: directory,
      env: peerEnvironment(directory),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    await accepting(child, at, 'ProFTPD')
    return { stop: () => endGroup(child) }
  }

  /** Holds each session, some at a time; in the order given. */
  async hold(
    attempts: readonly Attempt[],
    listener: { readonly at: Endpoint; readonly tls: string },
    client: string,
  ): Promise<readonly Held[]> {
    const plans = attempts.map(({ cell, trial }) => {
      this.#ports = (this.#ports + 1) % 500
      return {
        address: cell.family === 4 ? listener.at.address : '::1',
        port: listener.at.port,
        source: cell.family === 4 ? client : '::1',
        listener: listener.tls,
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
