import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly ca provisioner …` */
export const provisionerCommands: CommandGroup = {
  summary: "show the certificate authority's provisioners",
  description:
    'mayfly ca provisioner shows who may ask the certificate authority for certificates.',
  example: '$ mayfly ca provisioner list',
  members: {
    list: {
      summary: 'list the provisioners of the CA',
      load: async () => (await import('./list.ts')).command,
    },
  },
}
