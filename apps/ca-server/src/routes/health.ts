import { answerJson } from '../http/answer.ts'
import { explainError } from '../http/error-answer.ts'
import { version } from '../version.ts'
import type { Route } from './route.ts'

/** 503 while the store cannot be reached, for nothing can be issued then; why is told to the log only. */
export const answerHealth: Route = async (_request, { checkStore }) => {
  try {
    await checkStore()
    return answerJson(200, { status: 'ok' })
  } catch (error) {
    return answerJson(503, { status: 'error' }, { error: explainError(error) })
  }
}

export const answerVersion: Route = () => answerJson(200, { version })
