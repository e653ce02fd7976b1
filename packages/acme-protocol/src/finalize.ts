import type { AcmeOrderRecord, AcmeOrderView } from '@mayfly/db-adapters'
import { spentNonce } from './account.ts'
import { type AccountRequest, drawId, type Engine } from './context.ts'
import { assertCsrNames, type ProvenRequest, readCsr } from './csr.ts'
import { AcmeError } from './errors.ts'
import type { CertificateOutcome } from './issuance-port.ts'
import { optionalString, parsePayload } from './jws.ts'
import type { ResourceAnswer } from './message.ts'
import { findOwnOrder, orderAnswer, problemOfOrder } from './order.ts'

/**
 * Has the certificate of an order made: RFC 8555 §7.4. The order becomes `valid` with the certificate and with the nonce, in one
 * transaction; of many who finalize one order, all are answered with its one certificate.
 */
export async function finalize(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const { locations } = request
  const text = optionalString(parsePayload(request.payload), 'csr')
  const view = await findOwnOrder(engine, request)
  const answer = (shown: AcmeOrderView) => orderAnswer(shown, { locations, now: engine.now() })
  if (view.order.status === 'valid') return answer(view)
  assertReady(view.order, engine.now())
  const proven = readCsr(text)
  assertCsrNames(proven.csr, view.order.identifiers)
  await assertNoAccountKey(proven, engine)
  const status = await issue(proven, view.order, engine, request)
  if (status === 'nonce_spent') throw spentNonce()
  const finalized = await findOwnOrder(engine, request)
  if (status === 'order_lost' && finalized.order.status !== 'valid') {
    assertReady(finalized.order, engine.now())
  }
  return answer(finalized)
}

/** Has the certificate made. The nonce is spent with it, and so by nothing where it is not made. */
async function issue(
  { csr }: ProvenRequest,
  { id: orderId, identifiers, notBefore, notAfter, profile }: AcmeOrderRecord,
  { issuance, random }: Engine,
  { account, nonce, requestId }: AccountRequest,
): Promise<CertificateOutcome['status']> {
  try {
    const { status } = await issuance.issue({
      csrDer: csr.der,
      identifiers,
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(notAfter === undefined ? {} : { notAfter }),
      ...(profile === undefined ? {} : { profile }),
      accountId: account.id,
      requestId,
      claim: { kind: 'order', orderId, certificateId: drawId(random), nonce: nonce.take() },
    })
    if (status === 'order_lost') nonce.release()
    return status
  } catch (error) {
    nonce.release()
    throw error
  }
}

/** @throws {AcmeError} `orderNotReady`, with why. */
function assertReady(order: AcmeOrderRecord, now: Date): void {
  const problem = problemOfOrder(order, now)
  if (problem !== undefined) {
    throw new AcmeError('orderNotReady', `the order is invalid: ${problem.detail}`, {
      hint: 'Make another order.',
    })
  }
  if (order.status === 'ready') return
  throw new AcmeError('orderNotReady', `the order is ${order.status}`, {
    hint: 'Prove its authorizations before.',
  })
}

/** RFC 8555 §11.1: a certificate for the key of an account could be revoked, and more, by whoever has the certificate's key. */
async function assertNoAccountKey(
  { thumbprint }: ProvenRequest,
  { store, provisioner }: Engine,
): Promise<void> {
  const account = await store.findAccountByKey(provisioner.id, thumbprint)
  if (account === undefined) return
  throw new AcmeError('badCSR', 'the key of the request is the key of an account', {
    hint: 'Make a key for the certificate alone.',
  })
}
