import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

const WRONG = 'is no size; write it like 512M or 2G';

/** A number of octets, or as people write it: `512M`, `2G`. */
export const octets = z.union(
  [
    z.int().positive(),
    z
      .string()
      .regex(/^\d+[KMG]?$/i)
      .transform((text) => Number.parseInt(text, 10) * UNITS[text.replace(/\d+/, '').toUpperCase()]),
  ],
  WRONG,
);
