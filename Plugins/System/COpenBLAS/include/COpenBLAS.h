// The loader of OpenBLAS.
