// Package jobs is what the worker does without anybody asking: it finds what is
// due in the database and has it done, at a pace that is fair to organizations.
//
// It owns the queue in Redis: the types of tasks, their names, and how many are
// under way. A task is a hint that holds ids. Whether there is anything to do the
// database says, so that a task may be there twice, or be lost, or outlive its
// reason; the next sweep finds what is due again. It never keeps anything in
// Redis that would be missed, and never counts attempts there: what is to be
// tried again, and when, stands in the database. internal/app runs it.
//
//	worker.go   its parts and its life
//	sweep.go    finding what is due
//	refresh.go  doing it
//	chore.go    what is done for every organization again and again
//	place.go    how much of one organization at a time
//	queue.go    tasks and their names
//	metrics.go  what is measured
//	log.go      what the queue has to say
package jobs
