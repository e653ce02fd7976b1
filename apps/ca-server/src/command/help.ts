/** What `mayfly-ca --help` prints. */
export const help = `NAME
      mayfly-ca -- an online certificate authority for secure automated
      certificate management

USAGE
      mayfly-ca [config] [--password-file=file] [--pidfile=file] [--quiet]
      [--discard-history] [--help] [--version]

DESCRIPTION
      mayfly-ca runs the certificate authority that the given configuration
      describes. SIGHUP makes it read the configuration again; SIGTERM and
      SIGINT make it finish the running requests and stop.

POSITIONAL ARGUMENTS
      config
          File that configures the authority, as 'mayfly ca init' makes it.
          By default config/ca.json in $MAYFLYPATH, else $STEPPATH, else
          ~/.mayfly.

OPTIONS
      --password-file=file
          path to the file containing the password to decrypt the
          intermediate private key. Without it the password is asked for.

      --pidfile=file
          the path to the file to write the process ID.

      --quiet
          disable startup information

      --discard-history
          start with an empty database beside one of step-ca: the
          revocations and the spent tokens in it are forgotten.

      --help, -h
          show help

      --version, -v
          print the version

COMMANDS
      help, h   display this help
      version   display the version

EXIT CODES
      0 after SIGTERM or SIGINT, 1 for a wrong command line or a missing
      configuration file, 2 for any other error at the start.
`

/** What `mayfly-ca help version` prints. */
export const versionHelp = `NAME
      mayfly-ca version -- display the version of mayfly-ca

USAGE
      mayfly-ca version
`
