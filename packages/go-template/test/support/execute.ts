import { parseTemplate, TemplateError, type TemplateValue } from '@mayfly/go-template'

/** Chance that is none: octets counting up. */
export const ambient: { now: () => Date; random: (length: number) => Uint8Array } = {
  now: () => new Date('2026-01-02T03:04:05.678Z'),
  random: (length) => Uint8Array.from({ length }, (_, index) => (index * 37 + 11) % 256),
}

export function execute(template: string, data: TemplateValue = {}): string {
  return parseTemplate(template).execute(data, ambient)
}

/** The error of what must fail; anything else that is thrown goes on. */
export function errorOf(run: () => unknown): TemplateError {
  try {
    run()
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
