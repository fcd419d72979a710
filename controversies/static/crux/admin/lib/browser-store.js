/* A value kept in this browser for two weeks. A browser may refuse to keep anything; then nothing is kept. */

const DAYS = 14;

/** Return a store under a key. `isValid` tells whether what was read is of the expected shape. */
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
      } catch { /* not allowed, or not ours */ }
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
