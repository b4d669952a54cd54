// Package contents makes symbols of the contents of files. It looks each content up in
// the store and parses what the store does not have.
//
// An Engine knows contents and single files, and no tree. It guarantees:
//
//   - A summary belongs to exactly the bytes that were hashed: they are read once.
//   - A store that fails, is damaged or is missing costs parsing and a warning, and no
//     summary.
//   - A request never waits for a scan: they parse on threads of their own.
//
// It does not find files and does not notice that one changes. Outside of Keep and Put
// it writes nothing to the store.
package contents
