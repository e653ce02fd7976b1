import type { Budget } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import { type Call, count, define, type FunctionDefinition, int, string } from '../function.ts'

const digits = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index))

/** Sprig's random functions; chance comes from the caller's source alone. */
export const randoms: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>(
  [
    ['randAlpha', define([int], ([length], call) => randomText(letters, length, call))],
    ['randAlphaNum', define([int], ([length], call) => randomText(digits + letters, length, call))],
    ['randAscii', define([int], ([length], call) => randomText(printable, length, call))],
    ['randBytes', define([int], ([length], call) => randomOctets(length, call).toString('base64'))],
    ['randInt', define([int, int], ([least, end], call) => randomInteger(least, end, call))],
    ['randNumeric', define([int], ([length], call) => randomText(digits, length, call))],
    ['shuffle', define([string], ([text], call) => shuffle([...text], call).join(''))],
    ['uuidv4', define([], (_, call) => uuid(call))],
  ],
)

function checkLength(length: bigint, budget: Budget): number {
  if (length < 0n) throw new Refusal('runtime error: makeslice: len out of range')
  budget.spendText(count(length) * 16)
  return count(length)
}

function randomOctets(length: bigint, call: Call): Buffer {
  return Buffer.from(call.random(checkLength(length, call.budget)))
}

function randomText(alphabet: string, length: bigint, call: Call): string {
  if (length < 0n) return ''
  let text = ''
  for (let left = checkLength(length, call.budget); left > 0; left -= 1) {
    text += alphabet.charAt(Number(drawBelow(BigInt(alphabet.length), call)))
  }
  return text
}

function randomInteger(least: bigint, end: bigint, call: Call): bigint {
  if (end <= least) throw new Refusal('invalid argument to Intn')
  return least + drawBelow(end - least, call)
}

/** Evenly below `limit`: what would favour small numbers is drawn again. */
function drawBelow(limit: bigint, call: Call): bigint {
  const length = limit <= 256n ? 1 : 8
  const space = 1n << BigInt(length * 8)
  for (;;) {
    call.budget.spend(1)
    const value = BigInt(`0x0${Buffer.from(call.random(length)).toString('hex')}`)
    if (value < space - (space % limit)) return value % limit
  }
}

function shuffle(runes: string[], call: Call): string[] {
  for (let index = runes.length - 1; index > 0; index -= 1) {
    const other = Number(drawBelow(BigInt(index + 1), call))
    const [left = '', right = ''] = [runes[index], runes[other]]
    runes[index] = right
    runes[other] = left
  }
  return runes
}

/** RFC 9562 §5.4. */
function uuid(call: Call): string {
  const octets = Buffer.from(call.random(16))
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
