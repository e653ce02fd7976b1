import { Budget, type TemplateCeilings, TextBuilder } from './ceilings.ts'
import { elementsOf } from './elements.ts'
import { CeilingReached, Refusal } from './errors.ts'
import { printValue } from './format/print.ts'
import { type Call, type FunctionDefinition, fitParameter, type Parameter } from './function.ts'
import { locatedError } from './located-error.ts'
import { findMember } from './members.ts'
import {
  type CommandNode,
  nodeText,
  type Operand,
  type PipeNode,
  type RangeNode,
  type Statement,
  type TemplateNode,
} from './nodes.ts'
import type { Bodies } from './parse.ts'
import { octetLength, plainText } from './text.ts'
import { Dictionary, isTrue, type Value } from './values.ts'
import { Variables } from './variables.ts'

export interface Execution {
  readonly name: string
  readonly text: string
  readonly bodies: Bodies
  readonly data: Value
  readonly ceilings: TemplateCeilings
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  readonly timeZone: string
}

/**
 * Carries a parsed template out.
 *
 * @throws {TemplateError} `template_failed`, `template_fail_called`, `template_ceiling`.
 */
export function evaluate(execution: Execution): string {
  return new Evaluator(execution).run()
}

/** Stands where no value comes from the left of a pipeline; nil is a value. */
const nothing: unique symbol = Symbol('nothing')
type Final = Value | typeof nothing

type Outcome = 'done' | 'break' | 'continue'
type Node = Operand | CommandNode | Statement

class Evaluator {
  readonly #execution: Execution
  readonly #budget: Budget
  readonly #call: Call
  readonly #output: TextBuilder
  #octets = 0
  #variables: Variables
  /** Where the evaluation is, for errors. */
  #node: Node | undefined
  #name: string

  constructor(execution: Execution) {
    this.#execution = execution
    this.#budget = new Budget(execution.ceilings)
    this.#output = new TextBuilder(this.#budget)
    this.#name = execution.name
    this.#variables = new Variables(execution.data)
    const { now, random, timeZone } = execution
    this.#call = { budget: this.#budget, now, random, timeZone }
  }

  run(): string {
    const { data, name, text, bodies } = this.#execution
    try {
      this.#walkAll(bodies.get(name) ?? [], data)
    } catch (error) {
      throw locatedError(error, { name, text, within: this.#name, node: this.#node })
    }
    return plainText(this.#output.text)
  }

  // Statements

  #walkAll(statements: readonly Statement[], dot: Value): Outcome {
    for (const statement of statements) {
      const outcome = this.#walk(statement, dot)
      if (outcome !== 'done') return outcome
    }
    return 'done'
  }

  #walk(statement: Statement, dot: Value): Outcome {
    this.#at(statement)
    switch (statement.kind) {
      case 'text':
        this.#write(statement.text)
        return 'done'
      case 'action': {
        const value = this.#pipe(statement.pipe, dot)
        this.#at(statement)
        if (statement.pipe.declared.length === 0) this.#write(printValue(value, this.#budget))
        return 'done'
      }
      case 'if':
      case 'with':
        return this.#inner(() => {
          for (const { pipe, body } of statement.branches) {
            const value = this.#pipe(pipe, dot)
            if (isTrue(value)) return this.#walkAll(body, statement.kind === 'with' ? value : dot)
          }
          return this.#walkAll(statement.otherwise, dot)
        })
      case 'range':
        return this.#inner(() => this.#range(statement, dot))
      case 'template':
        return this.#inner(() => this.#template(statement, dot))
      default:
        return statement.kind
    }
  }

  /** One level deeper; variables declared there end with it. */
  #inner(walk: () => Outcome): Outcome {
    const mark = this.#variables.count
    this.#budget.enter()
    const outcome = walk()
    this.#budget.leave()
    this.#variables.keep(mark)
    return outcome
  }

  #range(node: RangeNode, dot: Value): Outcome {
    const { declared, isAssignment } = node.pipe
    const value = this.#pipe(node.pipe, dot)
    const mark = this.#variables.count
    let ran = false
    for (const [index, element] of elementsOf(value, declared.length, this.#budget)) {
      ran = true
      this.#budget.spend(1)
      const [first, second] = declared
      if (isAssignment) {
        if (first !== undefined)
          this.#variables.assign(first.name, second === undefined ? element : index)
        if (second !== undefined) this.#variables.assign(second.name, element)
      } else {
        if (declared.length > 0) this.#variables.setAt(mark - 1, element)
        if (declared.length > 1) this.#variables.setAt(mark - 2, index)
      }
      const outcome = this.#walkAll(node.body, element)
      this.#variables.keep(mark)
      if (outcome === 'break') break
    }
    return ran ? 'done' : this.#walkAll(node.otherwise, dot)
  }

  #template(node: TemplateNode, dot: Value): Outcome {
    const body = this.#execution.bodies.get(node.name)
    if (body === undefined) throw new Refusal(`template "${node.name}" not defined`)
    const value = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot)
    const [variables, name] = [this.#variables, this.#name]
    this.#variables = new Variables(value)
    this.#name = node.name
    this.#walkAll(body, value)
    this.#variables = variables
    this.#name = name
    return 'done'
  }

  #write(text: string): void {
    const { outputOctets } = this.#execution.ceilings
    this.#octets += octetLength(text)
    if (this.#octets > outputOctets)
      throw new CeilingReached(`more than ${outputOctets} octets of output`)
    this.#output.add(text)
  }

  // Pipelines

  #pipe(pipe: PipeNode, dot: Value): Value {
    this.#at(pipe)
    let value: Final = nothing
    this.#budget.enter()
    for (const command of pipe.commands) value = this.#command(command, dot, value)
    this.#budget.leave()
    const result = value === nothing ? undefined : value
    for (const { name } of pipe.declared) {
      if (pipe.isAssignment) this.#variables.assign(name, result)
      else this.#variables.declare(name, result)
    }
    return result
  }

  #command(command: CommandNode, dot: Value, final: Final): Value {
    const [first, ...others] = command.operands
    this.#at(first)
    switch (first.kind) {
      case 'field':
        return this.#path(dot, first.path, first, others, final, dot)
      case 'chain':
        return this.#path(this.#operand(first.of, dot), first.path, first, others, final, dot)
      case 'variable': {
        const value = this.#variables.find(first.name)
        if (first.path.length > 0) return this.#path(value, first.path, first, others, final, dot)
        this.#refuseArguments(first, others, final)
        return value
      }
      case 'function':
        return this.#callFunction(first.name, first.definition, command, others, final, dot)
      case 'nil':
        throw new Refusal('nil is not a command')
      default:
        this.#refuseArguments(first, others, final)
        return this.#operand(first, dot)
    }
  }

  #refuseArguments(first: Operand, others: readonly Operand[], final: Final): void {
    if (others.length > 0 || final !== nothing) {
      throw new Refusal(`can't give argument to non-function ${nodeText(first)}`)
    }
  }

  /** The value of an operand where any type will do. */
  #operand(operand: Operand, dot: Value): Value {
    this.#at(operand)
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'nil':
        return undefined
      case 'boolean':
      case 'string':
        return operand.value
      case 'number':
        if (operand.number.ideal === undefined) throw new Refusal(`${operand.text} overflows int`)
        return operand.number.ideal
      case 'field':
        return this.#path(dot, operand.path, operand, [], nothing, dot)
      case 'variable':
        return this.#path(
          this.#variables.find(operand.name),
          operand.path,
          operand,
          [],
          nothing,
          dot,
        )
      case 'chain':
        return this.#path(this.#operand(operand.of, dot), operand.path, operand, [], nothing, dot)
      case 'function':
        return this.#callFunction(operand.name, operand.definition, operand, [], nothing, dot)
      case 'pipe':
        return this.#pipe(operand, dot)
    }
  }

  #path(
    start: Value,
    path: readonly string[],
    node: Operand,
    others: readonly Operand[],
    final: Final,
    dot: Value,
  ): Value {
    let value = start
    // Go knows an entry of a map by the map's type.
    let isEntry = false
    for (const [index, name] of path.entries()) {
      this.#at(node)
      const isLast = index === path.length - 1
      const member = findMember(value, name, isEntry ? 'interface {}' : undefined)
      if ('method' in member) {
        value = this.#callFunction(
          name,
          member.method,
          node,
          isLast ? others : [],
          isLast ? final : nothing,
          dot,
          value,
        )
        continue
      }
      if (isLast && (others.length > 0 || final !== nothing)) {
        throw new Refusal(`${name} is not a method but has arguments`)
      }
      if (member.isNull === true && !isLast) {
        throw new Refusal(`nil pointer evaluating interface {}.${path[index + 1] ?? ''}`)
      }
      isEntry = value instanceof Dictionary
      value = member.value
    }
    return value
  }

  // Functions

  #callFunction(
    name: string,
    definition: FunctionDefinition,
    node: Node,
    operands: readonly Operand[],
    final: Final,
    dot: Value,
    ...receiver: readonly [Value?]
  ): Value {
    const fixed = definition.fixed.slice(receiver.length)
    const given = operands.length + (final === nothing ? 0 : 1)
    this.#checkCount(name, given, fixed.length, definition.rest !== undefined)
    const values: Value[] = [...receiver]
    for (const [index, operand] of operands.entries()) {
      const value = this.#argument(operand, fixed[index] ?? definition.rest, dot)
      if (definition.stopsAt !== undefined && isTrue(value) === definition.stopsAt) return value
      values.push(value)
    }
    if (final !== nothing) {
      const parameter = fixed[operands.length] ?? definition.rest
      values.push(parameter === undefined ? final : fitParameter(final, parameter))
    }
    this.#at(node)
    for (const value of values) this.#spendFor(value)
    try {
      const result = definition.run(values, this.#call)
      this.#spendFor(result)
      return result
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#at(node)
      throw new Refusal(`error calling ${name}: ${error.message}`, { cause: error.cause })
    }
  }

  #checkCount(name: string, given: number, wanted: number, isVariadic: boolean): void {
    if (isVariadic ? given >= wanted : given === wanted) return
    const least = isVariadic ? 'at least ' : ''
    throw new Refusal(`wrong number of args for ${name}: want ${least}${wanted} got ${given}`)
  }

  /** Reading and making text costs by its length, whatever the function does with it. */
  #spendFor(value: Value): void {
    if (typeof value === 'string') this.#budget.spendText(value.length)
    else this.#budget.spend((itemsLength(value) >> 3) + 1)
  }

  #argument(operand: Operand, parameter: Parameter | undefined, dot: Value): Value {
    this.#at(operand)
    if (parameter === undefined) return this.#operand(operand, dot)
    switch (operand.kind) {
      case 'nil':
        if (parameter.nil === undefined) throw new Refusal(`cannot assign nil to ${parameter.type}`)
        return parameter.nil()
      case 'number':
        if (parameter.type === 'int' && operand.number.integer !== undefined)
          return operand.number.integer
        if (parameter.type === 'float64' && operand.number.float !== undefined)
          return operand.number.float
        break
      case 'boolean':
      case 'string':
        break
      default:
        return fitParameter(this.#operand(operand, dot), parameter)
    }
    const value = this.#operand(operand, dot)
    if (parameter.takes(value)) return value
    const wanted =
      parameter.type === 'int' ? 'integer' : parameter.type === 'float64' ? 'float' : parameter.type
    throw new Refusal(`expected ${wanted}; found ${nodeText(operand)}`)
  }

  #at(node: Node): void {
    this.#budget.spend(1)
    this.#node = node
  }
}

function itemsLength(value: Value): number {
  if (typeof value !== 'object') return 0
  if (value instanceof Dictionary) return value.entries.size
  return 'items' in value ? value.items.length : 'octets' in value ? value.octets.length : 0
}
