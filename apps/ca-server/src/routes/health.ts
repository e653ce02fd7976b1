import { answerJson } from '../http/answer.ts'
import { explainError } from '../http/error-answer.ts'
import { version } from '../version.ts'
import type { Route } from './route.ts'

/** 503 while nothing can be issued; why is told to the log only, and in one word to whoever asks for `?verbose=1`. */
export const answerReadiness: Route = async ({ query }, { health }) => {
  const isVerbose = query.get('verbose') === '1'
  try {
    await health.assertReady()
    return answerJson(200, isVerbose ? await health.describe() : { status: 'ok' })
  } catch (error) {
    const body = isVerbose ? await health.describe() : { status: 'error' }
    return answerJson(503, body, { error: explainError(error) })
  }
}

/** Says that the process serves, whatever it can do: to start it anew would mend nothing that is outside of it. */
export const answerLiveness: Route = () => answerJson(200, { status: 'ok' })

export const answerVersion: Route = () => answerJson(200, { version })
