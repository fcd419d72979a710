/* Values kept in this browser for two weeks, if it allows that. */

const DAYS = 14;

/** Return a store under a key. `isValid(value)` checks the shape of what was read. */
export function createStore(key, isValid) {
  const remove = () => {
    try {
      localStorage.removeItem(key);
    } catch { /* not allowed */ }
  };
  return {
    /** Return the value, or null if there is none that is valid and recent. */
    read() {
      try {
        const value = JSON.parse(localStorage.getItem(key));
        if (!value || !isValid(value)) return null;
        if (Date.now() - value.time <= DAYS * 24 * 3600 * 1000) return value;
        remove();
      } catch { /* not allowed, or not JSON */ }
      return null;
    },
    /** Keep a value, which has its `time`. Return whether there was room for it. */
    write(value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove,
  };
}
