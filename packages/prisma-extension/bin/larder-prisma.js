#!/usr/bin/env node
import '../dist/larder-prisma.js'
