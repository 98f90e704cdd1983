
BprobabilityJ(œ‘0¡ËØ0ä¾9X¾7äb/që5©ÀÇ)”ö?¡b/6yw”5