/** A JSON object as parsed, unknown members included. */
export type JsonObject = { readonly [member: string]: unknown }

/** Whether `value` is a JSON object: neither `null` nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
