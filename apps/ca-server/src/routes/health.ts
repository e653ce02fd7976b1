import { answerJson } from '../http/answer.ts'
import { version } from '../version.ts'
import type { Route } from './route.ts'

export const answerHealth: Route = () => answerJson(200, { status: 'ok' })

export const answerVersion: Route = () => answerJson(200, { version })
