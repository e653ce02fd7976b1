import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './program.ts'

/** The texts of the code blocks of a page in one language, by its path below the project's folder. */
export function blocksOf(path: string, language: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const blocks = text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))
  return [...blocks].map((block) => block[1] ?? '')
}

/** The lines of its console blocks. */
export function commandsOf(path: string): string[] {
  return blocksOf(path, 'console').flatMap((block) => block.trim().split('\n'))
}
