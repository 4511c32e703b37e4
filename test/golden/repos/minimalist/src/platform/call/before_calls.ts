/**
 * The same object, whose methods, at any depth, are announced before they run.
 *
 * @param announce - Gets the path to the method, such as `notes.create`; what it throws, the caller of the method gets.
 */
export function beforeCalls<T extends object>(target: T, announce: (method: string) => void, path = ''): T {
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property, target);
      const here = `${path}${String(property)}`;
      if (typeof value === 'function') {
        return (...args: unknown[]): unknown => {
          announce(here);
          return Reflect.apply(value, target, args);
        };
      }
      return typeof value === 'object' && value !== null ? beforeCalls(value, announce, `${here}.`) : value;
    },
  });
}
