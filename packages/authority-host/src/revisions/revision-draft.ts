import { encodeCaConfiguration } from '@mayfly/authority-core/config'
import { HostError } from '../errors.ts'
import type { RevisionDraft } from './shared-configuration.ts'

/**
 * Refuses what no database, or no reader of the history, would keep as it is.
 *
 * @throws {HostError} `configuration_invalid`.
 */
export function assertDraft({ author, comment, document }: RevisionDraft): void {
  assertText('author', author, maximumAuthorLength)
  if (author.trim() === '') throw unfit('the author of a revision must be named')
  assertText('comment', comment, maximumCommentLength)
  const octets = Buffer.byteLength(encodeCaConfiguration(document))
  if (octets > maximumDocumentOctets) {
    throw unfit(
      `the document of a revision may have ${maximumDocumentOctets} octets, not ${octets}`,
    )
  }
}

function assertText(name: string, text: string, maximumLength: number): void {
  if (text.length > maximumLength) {
    throw unfit(
      `the ${name} of a revision may have ${maximumLength} characters, not ${text.length}`,
    )
  }
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) {
    throw unfit(`the ${name} of a revision may hold no control characters or line ends`)
  }
}

function unfit(message: string): HostError {
  return new HostError('configuration_invalid', message)
}

const maximumAuthorLength = 200
const maximumCommentLength = 1000
/** Below the packet that MySQL takes by default (16 MiB). */
const maximumDocumentOctets = 4 * 1024 * 1024
