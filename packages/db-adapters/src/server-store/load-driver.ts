import { StoreError } from '../errors.ts'

/**
 * Loads the client library of a database, which only those who use that database have installed.
 *
 * @throws {StoreError} `store_unsupported`, naming the package.
 */
export async function loadDriver<Module>(
  name: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw new StoreError('store_unsupported', `the package ${name} cannot be loaded`, {
      cause,
      hint: `install it: npm install ${name}`,
    })
  }
}
