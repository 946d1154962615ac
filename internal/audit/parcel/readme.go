package parcel

import _ "embed" // of README.txt

// ReadmeText is README.txt, the same in every package.
//
//go:embed README.txt
var ReadmeText []byte
