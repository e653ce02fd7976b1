/** The long form is run by hand. */
export const acmeCounts: { readonly rounds: number } = {
  rounds: process.env.MAYFLY_TEST_LONG === undefined ? 20 : 500,
}
