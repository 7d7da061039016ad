/** Every package that an installation may bring, as package-lock.json knows it. */

export interface Dependency {
  /** Where it is installed: `node_modules/…`. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** An SPDX expression. Undefined where the lock has none. */
  readonly licence: string | undefined
  /** Whether it comes with the program, or only to those who work on it. */
  readonly isProduction: boolean
  /** Installed where it fits the platform, and left out elsewhere. */
  readonly isOptional: boolean
  readonly hasInstallScript: boolean
  /** Where npm would fetch it. Absent: at whatever registry the one who installs it has set. */
  readonly resolved: string | undefined
  /** The digest that npm compares with what it fetched. */
  readonly integrity: string | undefined
}

/** package.json, and the root of the lock. */
interface Manifest {
  readonly devDependencies?: Readonly<Record<string, string>>
}

interface LockedPackage extends Manifest {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly resolved?: string
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** By name. `text` is that of package-lock.json, version 3. */
export function readLock(text: string): readonly Dependency[] {
  const { packages } = JSON.parse(text) as Lock
  const installed = Object.entries(packages).filter(([path]) => path !== '')
  return installed
    .map(([path, locked]) => {
      const name = nameOf(path)
      return {
        path,
        name,
        version: locked.version,
        licence: locked.license ?? licenceOfOwner(name, locked.version, packages),
        isProduction: isProduction(locked),
        isOptional: locked.optional === true,
        hasInstallScript: locked.hasInstallScript === true,
        resolved: locked.resolved,
        integrity: locked.integrity,
      }
    })
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.path, b.path))
}

/** package-lock.json of somebody who installs the program and nothing else. */
export function productionLock(text: string): string {
  const lock = JSON.parse(text) as Lock
  const packages = Object.entries(lock.packages)
    .filter(([, locked]) => isProduction(locked))
    .map(([path, locked]) => [path, path === '' ? withoutDevelopment(locked) : locked] as const)
  return JSON.stringify({ ...lock, packages: Object.fromEntries(packages) })
}

/** package.json to go with it. */
export function productionManifest(text: string): string {
  return JSON.stringify(withoutDevelopment(JSON.parse(text) as Manifest))
}

function withoutDevelopment({ devDependencies: _left, ...rest }: Manifest): Manifest {
  return rest
}

function isProduction({ dev, devOptional }: LockedPackage): boolean {
  return dev !== true && devOptional !== true
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/**
 * npm writes no licence for the binary of a platform that the lock was not made on, where the registry
 * does not tell it. Such a package is a part of the one that asks for exactly this version of it.
 */
function licenceOfOwner(
  name: string,
  version: string,
  packages: Lock['packages'],
): string | undefined {
  const owner = Object.values(packages).find(
    ({ optionalDependencies }) => optionalDependencies?.[name] === version,
  )
  return owner?.license
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
