import { define, type FunctionDefinition, string } from '../function.ts'

/** Sprig's functions on slash-separated paths; those with `os` are the same here. No file is touched. */
export const paths: ReadonlyMap<string, FunctionDefinition> = new Map(
  (
    [
      ['base', 'osBase', base],
      ['clean', 'osClean', clean],
      ['dir', 'osDir', directory],
      ['ext', 'osExt', extension],
      ['isAbs', 'osIsAbs', (path) => path.startsWith('/')],
    ] satisfies readonly (readonly [string, string, (path: string) => string | boolean])[]
  ).flatMap(([name, osName, change]): [string, FunctionDefinition][] => {
    const definition = define([string], ([path]) => change(path))
    return [
      [name, definition],
      [osName, definition],
    ]
  }),
)

function base(path: string): string {
  if (path === '') return '.'
  const parts = path.split('/').filter((part) => part !== '')
  return parts.at(-1) ?? '/'
}

function directory(path: string): string {
  return clean(path.slice(0, path.lastIndexOf('/') + 1))
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(dot)
}

function clean(path: string): string {
  const isAbsolute = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!isAbsolute) kept.push('..')
  }
  const joined = (isAbsolute ? '/' : '') + kept.join('/')
  return joined === '' ? '.' : joined
}
