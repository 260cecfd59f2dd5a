// What the worker has from outside: one record in IndexedDB, written by one tab at a time, and texts
// that are loaded late.

const DATABASE = "kubarium";
const STORE = "cluster";
const KEY = "snapshot";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
}

async function transact(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const load = () => transact("readonly", (store) => store.get(KEY));
export const save = (bytes) => transact("readwrite", (store) => store.put(bytes, KEY));

// How long a tab that is going may take to let go.
const PATIENCE_MS = 200;

// Resolves with whether this tab is now the one that stores. If it is not, `later` is called once
// the other tab has gone. The lock is held until the worker ends.
export function own(later) {
  if (!navigator.locks) return Promise.resolve(true);
  const forever = new Promise(() => {});
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve(false);
      mine = later;
    }, PATIENCE_MS);
    let mine = () => {
      clearTimeout(timer);
      resolve(true);
    };
    navigator.locks
      .request(DATABASE, () => {
        mine();
        return forever;
      })
      .catch(reject);
  });
}

export async function descriptions() {
  const response = await fetch(new URL("descriptions.txt", import.meta.url));
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}
