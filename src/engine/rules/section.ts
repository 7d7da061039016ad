import { z } from 'zod'

/** Separates the known keys in the message of an `unrecognized_keys` issue of a section. */
export const KEY_SEPARATOR = ' '

/** An object with exactly these keys. Its `unrecognized_keys` issue lists the keys it knows. */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(KEY_SEPARATOR) : undefined,
  })
}
