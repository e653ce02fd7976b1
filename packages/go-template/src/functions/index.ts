import type { FunctionDefinition } from '../function.ts'
import { builtins } from './builtins.ts'
import { comparisons } from './comparisons.ts'
import { dates } from './dates.ts'
import { defaults } from './defaults.ts'
import { dicts } from './dicts.ts'
import { encodings } from './encodings.ts'
import { lists } from './lists.ts'
import { math } from './math.ts'
import { paths } from './paths.ts'
import { randoms } from './randoms.ts'
import { regexes } from './regexes.ts'
import { strings } from './strings.ts'
import { types } from './types.ts'
import { urls } from './urls.ts'
import { versions } from './versions.ts'
import { words } from './words.ts'

/** Every function that templates may call, by name. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  [
    builtins,
    comparisons,
    dates,
    defaults,
    dicts,
    encodings,
    lists,
    math,
    paths,
    randoms,
    regexes,
    strings,
    types,
    urls,
    versions,
    words,
  ].flatMap((group) => [...group]),
)
