import type { Connection, Submittable } from 'pg'
import type { Statement } from './statements.ts'

/** A statement that the connection has prepared, with its parameters in binary. */
export interface BoundStatement {
  readonly statement: Statement
  readonly values: readonly Buffer[]
}

/**
 * Sends many messages to PostgreSQL and one Sync after them: what lies before a Sync is one transaction, which is
 * committed by it, and of which nothing is left once a statement has failed (PostgreSQL manual, "Pipelining" in the
 * chapter on the protocol). Given to `Client.query`, as `pg-cursor` does with its own.
 */
export class OneTrip implements Submittable {
  readonly #send: (connection: Connection) => void
  readonly #done = Promise.withResolvers<void>()

  /** Runs the statements one after the other. Rows that they return are dropped. */
  static run(statements: readonly BoundStatement[]): OneTrip {
    return new OneTrip((connection) => {
      for (const { statement, values } of statements) {
        connection.bind({ statement: statement.name, values: [...values] }, true)
        connection.execute({}, true)
      }
    })
  }

  /** Prepares statements under their names. */
  static prepare(statements: readonly Statement[]): OneTrip {
    return new OneTrip((connection) => {
      for (const { name, text } of statements) connection.parse({ name, text, types: [] }, true)
    })
  }

  private constructor(send: (connection: Connection) => void) {
    this.#send = send
  }

  /** Settles when the server has answered all of it: when it is committed, or as it failed. */
  get done(): Promise<void> {
    return this.#done.promise
  }

  submit(connection: Connection): void {
    connection.stream.cork()
    this.#send(connection)
    connection.sync()
    connection.stream.uncork()
  }

  handleError(error: unknown): void {
    this.#done.reject(error)
  }

  handleReadyForQuery(): void {
    this.#done.resolve()
  }

  handleRowDescription(): void {
    // Only rows are described, and they are dropped.
  }

  handleDataRow(): void {
    // See above.
  }

  handleCommandComplete(): void {
    // The trip ends with ReadyForQuery.
  }
}
