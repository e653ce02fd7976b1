import type { FunctionDefinition } from './function.ts'
import type { NumberConstant } from './number-constant.ts'
import { quote } from './quoted.ts'

/** Where a node begins: UTF-16 offset in the template. */
interface At {
  readonly position: number
}

export type Operand =
  | (At & { readonly kind: 'dot' })
  | (At & { readonly kind: 'nil' })
  | (At & { readonly kind: 'boolean'; readonly value: boolean })
  | (At & { readonly kind: 'number'; readonly text: string; readonly number: NumberConstant })
  | (At & { readonly kind: 'string'; readonly text: string; readonly value: string })
  | FieldNode
  | VariableNode
  | FunctionNode
  | ChainNode
  | PipeNode

type FieldNode = At & { readonly kind: 'field'; readonly path: readonly string[] }

export type VariableNode = At & {
  readonly kind: 'variable'
  readonly name: string
  readonly path: readonly string[]
}

type FunctionNode = At & {
  readonly kind: 'function'
  readonly name: string
  readonly definition: FunctionDefinition
}

/** Fields of what a function or a parenthesis gives. */
type ChainNode = At & {
  readonly kind: 'chain'
  readonly of: Operand
  readonly path: readonly string[]
}

export type PipeNode = At & {
  readonly kind: 'pipe'
  readonly declared: readonly VariableNode[]
  /** `=` instead of `:=`. */
  readonly isAssignment: boolean
  readonly commands: readonly CommandNode[]
}

export type CommandNode = At & {
  readonly kind: 'command'
  readonly operands: readonly [Operand, ...Operand[]]
}

export type Statement =
  | (At & { readonly kind: 'text'; readonly text: string })
  | (At & { readonly kind: 'action'; readonly pipe: PipeNode })
  | BranchNode
  | RangeNode
  | TemplateNode
  | (At & { readonly kind: 'break' | 'continue' })

/** `if` or `with`, its `else if`s and its `else`. */
export type BranchNode = At & {
  readonly kind: 'if' | 'with'
  readonly branches: readonly { readonly pipe: PipeNode; readonly body: readonly Statement[] }[]
  readonly otherwise: readonly Statement[]
}

export type RangeNode = At & {
  readonly kind: 'range'
  readonly pipe: PipeNode
  readonly body: readonly Statement[]
  readonly otherwise: readonly Statement[]
}

export type TemplateNode = At & {
  readonly kind: 'template'
  readonly name: string
  readonly pipe: PipeNode | undefined
}

/** A node as Go writes it in an error: `lt .Token.n 5`. */
export function nodeText(node: Operand | CommandNode | Statement): string {
  switch (node.kind) {
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'boolean':
      return String(node.value)
    case 'number':
    case 'string':
      return node.text
    case 'field':
      return fieldsText(node.path)
    case 'variable':
      return node.name + fieldsText(node.path)
    case 'function':
      return node.name
    case 'chain':
      return operandText(node.of) + fieldsText(node.path)
    case 'command':
      return node.operands.map(operandText).join(' ')
    case 'pipe': {
      const commands = node.commands.map(nodeText).join(' | ')
      if (node.declared.length === 0) return commands
      const names = node.declared.map(nodeText).join(', ')
      return `${names} ${node.isAssignment ? '=' : ':='} ${commands}`
    }
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'template': {
      const argument = node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`
      return `{{template ${quote(node.name)}${argument}}}`
    }
    case 'text':
      return quote(node.text)
    default:
      return `{{${node.kind}}}`
  }
}

function operandText(operand: Operand): string {
  return operand.kind === 'pipe' ? `(${nodeText(operand)})` : nodeText(operand)
}

function fieldsText(path: readonly string[]): string {
  return path.map((name) => `.${name}`).join('')
}
