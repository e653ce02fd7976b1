import type { AcmeExternalAccountKeyRecord } from '@mayfly/db-adapters'
import type { StepCaSource } from '@mayfly/db-adapters/step-ca'
import { acmeProvisionerId, isAcmeId } from './accounts-table.ts'
import { findRow, type HistoryTable } from './history-table.ts'
import { StepCaValue, textOf } from './step-ca-value.ts'

/** The keys that external accounts are bound by. */
export const externalAccountKeysTable: HistoryTable<AcmeExternalAccountKeyRecord> = {
  name: 'acme_external_account_keys',

  async judge({ key, value }, { source }) {
    const stored = StepCaValue.parse(value)
    if (stored === undefined) {
      return { kind: 'refuse', reason: 'its value is empty or no JSON object' }
    }
    const id = textOf(key)
    const createdAt = stored.time('createdAt')
    if (!isAcmeId(id) || createdAt === undefined) {
      return { kind: 'refuse', reason: 'it has no id, or does not say when it was made' }
    }
    const [reference, accountId] = [stored.text('reference'), stored.text('accountID')]
    const [hmacKey, boundAt] = [stored.octets('key'), stored.time('boundAt')]
    const item: AcmeExternalAccountKeyRecord = {
      id,
      provisionerId: await findProvisionerId(source, stored.text('provisionerID')),
      createdAt,
      ...(reference === undefined ? {} : { reference }),
      ...(hmacKey === undefined ? {} : { hmacKey }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(boundAt === undefined ? {} : { boundAt }),
    }
    return { kind: 'keep', item }
  },

  async findPresent(items, imports) {
    const present = await imports.findExternalAccountKeys(items.map(({ id }) => id))
    return items.map(({ id }) => (present.has(id) ? 'present' : 'absent'))
  },

  // A key that was used at step-ca since must not be used here again.
  toPart: (externalAccountKeys, present) => ({
    externalAccountKeys,
    boundExternalAccountKeys: present.filter(({ accountId }) => accountId !== undefined),
  }),
}

/** step-ca names provisioners that it keeps in its database by an id that only this database explains. */
async function findProvisionerId(source: StepCaSource, id: string | undefined): Promise<string> {
  if (id === undefined) return ''
  const row = await findRow(source, 'provisioners', id)
  const name = row && StepCaValue.parse(row)?.text('name')
  return name === undefined ? id : acmeProvisionerId(name)
}
