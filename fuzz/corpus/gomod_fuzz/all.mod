module example.com/m

go 1.20
toolchain go1.21.1

require (
	github.com/a/b v1.2.3
	c v0.0.0 // indirect
	"q" `v1`
)
require d v1
replace (
 a => b v1
 c v1 => ../c
)
exclude d v1
retract [v1.0.0, v1.1.0]
require ( e v1 )
