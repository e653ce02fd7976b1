import { expect, test } from 'vitest'
import { loadDriver } from '../../src/server-store/load-driver.ts'

test('a driver that is not installed is named, with the command that installs it', async () => {
  const name = 'pg-that-nobody-has'
  await expect(loadDriver(name, () => import(name))).rejects.toMatchObject({
    code: 'store_unsupported',
    message: expect.stringContaining(name),
    hint: `install it: npm install ${name}`,
  })
})
