// Package usage knows what a log comes to in numbers: how many calls there were, which
// failed or were refused, how long they took, and which people and AI apps made them. It
// is pure: whoever seals adds up a batch with a Tally, a store keeps the counts, and a
// Report is what is read of them. It knows nobody but by their number in the log.
package usage
