package parcel

// The files of a package, by the names that they have in it.
const (
	Readme        = "README.txt"
	Format        = "audit-format.md"
	Verifier      = "verify.mjs"
	AccessJSON    = "access.json"
	AccessCSV     = "access.csv"
	AccessRecord  = "access-record.ndjson"        // evidence of the record that names the report's digest
	Configuration = "configuration-record.ndjson" // evidence of the record of the change that the report rests on; empty: there is none
	Origin        = "claimed-origin.txt"
	Keys          = "claimed-keys.txt"
	Checkpoint    = "claimed-checkpoint.txt"
	Export        = "evidence.ndjson"
	Manifest      = "evidence-manifest.txt" // what the last line of the export says, to be read by people
	Sums          = "SHA256SUMS"
)

// Members are all files of a package, in their order. What the export is held against
// stands before it.
func Members() []string {
	return []string{
		Readme, Format, Verifier, AccessJSON, AccessCSV, AccessRecord, Configuration, Origin, Keys, Checkpoint, Export, Manifest, Sums,
	}
}

// The most bytes that members have. Those that are not the export are read into memory.
const (
	maxExport = 1<<32 - 1 - 64<<20 // the package has no more than a ZIP can say in four bytes
	MaxMember = 16 << 20
)

func most(name string) int64 {
	if name == Export {
		return maxExport
	}
	return MaxMember
}
