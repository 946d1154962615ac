// Package config turns the process's environment into typed values, once.
//
// It owns every GATEHOUSE_ variable: its name, type, default and rules. It
// reports all complaints at once, names the variable and the remedy in each,
// and never repeats a secret's value. It never opens a connection and holds no
// state. It is the only package that reads the environment; the commands call
// it and internal/app hands each constructor only what that one uses.
package config
