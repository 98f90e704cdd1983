
BprobabilityJ(}°™4‹6¼5Û¨ä9h'!9h¸8\/17hPþ1!Ð?=+ò7HkB7