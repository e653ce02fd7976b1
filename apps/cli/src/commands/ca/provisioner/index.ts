import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly ca provisioner …` */
export const provisionerCommands: CommandGroup = {
  summary: "create and manage the certificate authority's provisioners",
  description:
    'mayfly ca provisioner shows and changes who may ask the certificate authority for certificates.',
  example: '$ mayfly ca provisioner list',
  members: {
    list: {
      summary: 'list the provisioners of the CA',
      load: async () => (await import('./list.ts')).command,
    },
    'jwe-key': {
      summary: 'retrieve and print a provisioning key from the CA',
      load: async () => (await import('./jwe-key.ts')).command,
    },
    add: {
      summary: 'add a provisioner to the CA configuration',
      load: async () => (await import('./add.ts')).command,
    },
    update: {
      summary: 'update a provisioner',
      load: async () => (await import('./update.ts')).command,
    },
    remove: {
      summary: 'remove a provisioner from the CA configuration',
      load: async () => (await import('./remove.ts')).command,
    },
  },
}
