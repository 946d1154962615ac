package audit

import (
	"time"

	"gatehouse/internal/tenants"
)

// lane is one organization's part of the queue.
type lane struct {
	org        tenants.ID
	rows       int // reserved and queued
	bytes      int
	head, tail *waiter
	next       *lane
}

// waiter is one queued record and whoever waits for it.
type waiter struct {
	row   Row
	lane  *lane
	cost  int
	next  *waiter
	done  chan error // room for the one answer, so that nobody waits for a waiter that left
	timer *time.Timer
}

// ring is a queue of the lanes that have rows queued.
type ring struct{ head, tail *lane }

func (r *ring) push(l *lane) {
	l.next = nil
	if r.head == nil {
		r.head = l
	} else {
		r.tail.next = l
	}
	r.tail = l
}

func (r *ring) pop() *lane {
	l := r.head
	if l != nil {
		r.head = l.next
	}
	return l
}

// shift takes the oldest row.
func (l *lane) shift() *waiter {
	w := l.head
	l.head, w.next = w.next, nil
	return w
}
