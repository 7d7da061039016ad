/** The files of workers, which each write their own: `log.jsonl` becomes `log.w1.jsonl` and so on. */
import { readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'

export function workerFile(path: string, worker: number): string {
  const { dir, name, ext } = parse(path)
  return join(dir, `${name}.w${worker}${ext}`)
}

/** Those of `path` that are there, in the order of the workers; none where the folder is not. */
export async function workerFilesOf(path: string): Promise<readonly string[]> {
  const { dir, name, ext } = parse(path)
  const names = await readdir(dir === '' ? '.' : dir).catch((): string[] => [])
  const workers = names.flatMap((each) => {
    if (!each.startsWith(`${name}.w`) || !each.endsWith(ext)) return []
    const number = each.slice(name.length + 2, each.length - ext.length)
    return /^[1-9]\d{0,2}$/.test(number) ? [Number(number)] : []
  })
  return workers.toSorted((a, b) => a - b).map((worker) => workerFile(path, worker))
}
