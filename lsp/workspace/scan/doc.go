// Package scan compares the files below some roots with what is known of them, and binds
// those that differ.
//
// Run is one scan. It guarantees:
//
//   - Each content is parsed once, though many processes scan the same tree at once.
//   - Every file that the walk finds is bound when Run returns, or named in the report.
//   - A process that dies loses the batches that it was at, some megabytes of sources.
//   - A file that changes during the scan is bound to a content that it had then.
//
// It does not decide when to scan, and does not notice what changes afterwards.
package scan
