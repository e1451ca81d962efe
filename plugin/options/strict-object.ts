import { z } from 'zod';
import { didYouMean } from '../config/nearest.js';

/** An object that takes no other members; of one that is mistyped the message says what it may have been meant to be. */
export const strictObject = <S extends z.core.$ZodShape>(shape: S): z.ZodObject<S, z.core.$strict> =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const [key] = issue.keys;
      return `there is no ${key}${didYouMean(key, Object.keys(shape))}`;
    },
  });
