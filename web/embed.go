// Package web is the console that people use in a browser: a program in
// TypeScript, built by `make web` into dist and embedded from there. Without that
// build the package compiles all the same, and holds no console.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// Dist returns the files of the console, index.html among them if it was built.
func Dist() fs.FS {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // the name is valid
	}
	return dist
}
