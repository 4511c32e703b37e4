/**
 * The same object, whose methods, at any depth, are announced before they run.
 *
 * @param announce - Runs before each call; what it throws, the caller of the method gets.
 */
export function beforeCalls<T extends object>(target: T, announce: () => void): T {
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value === 'function') {
        return (...args: unknown[]): unknown => {
          announce();
          return Reflect.apply(value, target, args);
        };
      }
      return typeof value === 'object' && value !== null ? beforeCalls(value, announce) : value;
    },
  });
}
