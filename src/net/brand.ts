declare const brand: unique symbol

/** A `T` that only `net/` may mint, so that after the border nobody checks it again. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
