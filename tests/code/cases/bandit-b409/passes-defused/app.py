import defusedxml.pulldom
