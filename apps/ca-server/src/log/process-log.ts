import { escapeAsGo, replaceUnseen } from './visible.ts'

/** Writes one line about the process itself, with the time before it. */
export type ProcessLog = (text: string) => void

/** Returns a log that writes {@link formatProcessLine}. */
export function createProcessLog(write: (text: string) => void, now: () => Date): ProcessLog {
  return (text) => write(formatProcessLine(text, now()))
}

/** Returns the line `2026/11/23 08:21:17 text`, in local time as step-ca has it. */
export function formatProcessLine(text: string, at: Date): string {
  const oneLine = replaceUnseen(text.replaceAll(/[\r\n]+/g, ' '), escapeAsGo)
  return `${formatTime(at)} ${oneLine}\n`
}

function formatTime(time: Date): string {
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('/')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
  return `${date} ${clock}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
