/** The folder of the project: compiled or not, what is there is found from there. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const PROJECT_ROOT: string = find(import.meta.dirname)

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('there is no package.json above the tests')
  return find(parent)
}
